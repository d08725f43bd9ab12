# SPDX-License-Identifier: MIT
"""How long a commit takes, by the size of the state and by the place of checkpoint and table.

Small epochs go through ingest, dedupe, write and commit, with a state of few keys and of many. note_commit.c, preloaded,
tells when the barrier reached the tail, when the commit file was there, and what went to fsync: the disk's own time.
"""
import os
import shutil
import statistics
import subprocess

EPOCHS, ROWS = 60, 1000
COMMAND = ("medal-ingest --checkpoint {at}/ck --max-files 1 {at}/in | medal-dedupe -k k --forever | "
           "medal-write {at}/t | medal-checkpoint commit")


def fill(folder, name, first, rows):
    os.makedirs(folder, exist_ok=True)
    with open(f"{folder}/{name}.ndjson", "w", encoding="ascii") as f:
        for i in range(first, first + rows, 100000):
            f.write("".join('{"k":%d}\n' % k for k in range(i, min(i + 100000, first + rows))))


def run(at, note=None):
    env = dict(os.environ)
    if note:
        env.update(LD_PRELOAD=note, MEDAL_NOTE_COMMIT=f"{at}/note")
    subprocess.run(["bash", "-c", "set -o pipefail; " + COMMAND.format(at=at)], env=env, check=True)


def covered(spans, first, last):
    """How much of FIRST..LAST the spans cover, each moment once; and how many of them there are."""
    total, end, n = 0, first, 0
    for a, b in sorted(spans):
        if a < last and b > first:
            n += 1
            total += max(0, min(b, last) - max(a, end))
            end = max(end, min(b, last))
    return total, n


def times(path):
    """For each epoch from barrier to commit, and from plan to commit: (µs, µs of it in fsync, fsyncs). Not for the first,
    for which the state is loaded."""
    syncs, reads, offsets, commits = [], [], {}, {}
    with open(path, encoding="ascii") as f:
        for what, *v in map(str.split, f):
            if what == "fsync":
                syncs.append((int(v[0]), int(v[1])))
            elif what == "read":
                reads.append(int(v[0]))
            else:
                (offsets if what == "offsets" else commits)[int(v[0])] = int(v[1])
    tail, whole = [], []
    for n, t in sorted(commits.items())[1:]:
        since = max(r for r in reads if r < t)
        tail.append((t - since, *covered(syncs, since, t)))
        whole.append((t - offsets[n], *covered(syncs, offsets[n], t)))
    return tail, whole


HEAD = ["keys in the state", "place", "from", "ms", "worst", "of it fsync", "worst", "fsyncs", "the rest", "worst"]


def cells(state, place, what, v):
    def ms(values):
        return [f"{statistics.median(values) / 1000:.2f}", f"{max(values) / 1000:.2f}"]
    return [state, place, what, *ms([x[0] for x in v]), *ms([x[1] for x in v]),
            f"{statistics.median(x[2] for x in v):.0f}", *ms([x[0] - x[1] for x in v])]


def measure(a):
    """The rows of the table, as they are known; the keys of the large state are ten times the rows of the other jobs."""
    shim = os.path.join(a.cache, "note_commit.so")
    subprocess.run([os.environ.get("CC", "cc"), "-O2", "-shared", "-fPIC", "-D_GNU_SOURCE", "-o", shim,
                    os.path.join(os.path.dirname(os.path.abspath(__file__)), "note_commit.c"), "-ldl"], check=True)
    for place in dict.fromkeys([a.out, a.cache]):
        for keys in (0, 10 * a.rows):
            at = os.path.join(place, f"medal-bench-{os.getpid()}-commit")
            try:
                os.makedirs(at)
                if keys:
                    fill(f"{at}/in", "0", 0, keys)
                    run(at)
                for i in range(EPOCHS):
                    fill(f"{at}/in", f"1-{i:03}", keys + i * ROWS, ROWS)
                run(at, shim)
                tail, whole = times(f"{at}/note")
            finally:
                shutil.rmtree(at, ignore_errors=True)
            size = f"{keys / 1e6:g} M" if keys else "none"
            yield cells(size, place, "the barrier at the tail", tail)
            yield cells(size, place, "the plan", whole)
