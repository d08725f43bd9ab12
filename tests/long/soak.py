#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A pipeline with --follow for half an hour, a process of it killed every 30 s and the command run again.

    SOAK_SECONDS=180 SOAK_KILL_EVERY=6 tests/long/soak.py --seed 7

Files come in all the time, with duplicates, late rows and broken lines. In the end each id is once in the table, each
broken line once in the quarantine, and meanwhile the memory of each program, the number of files of the checkpoint and
of the table have stopped to grow: what they are in the last third is what they were in the second.
"""
import argparse
import collections
import glob
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

SECONDS = float(os.environ.get("SOAK_SECONDS", "1800"))
KILL_EVERY = float(os.environ.get("SOAK_KILL_EVERY", "30"))
RETAIN = 20
COMMANDS = [["medal-ingest", "--checkpoint", "ck", "--quarantine", "bad", "--follow", "--trigger", "1s", "raw"],
            ["medal-validate", "-e", "id EXPECT (id IS NOT NULL) ON VIOLATION DROP ROW"],
            ["medal-dedupe", "-k", "id", "--watermark", "timestamp_millis(ts) 20 seconds", "--duplicates", "twice",
             "--late", "late"],
            ["medal-write", "out"], ["medal-checkpoint", "commit", "--compact", "--retain", str(RETAIN)]]


class Feed(threading.Thread):
    """Writes a file of 200 records each half second, under its name only when it is whole."""

    def __init__(self, folder, rng):
        super().__init__(daemon=True)
        self.folder, self.rng, self.stop = folder, rng, threading.Event()
        self.ids = self.broken = self.again = 0

    def run(self):
        n = 0
        while not self.stop.wait(0.5):
            now = int(time.time() * 1000)
            path = f"{self.folder}/raw/{n:07}.ndjson"
            with open(f"{self.folder}/raw/.tmp", "w", encoding="ascii") as f:
                for i in range(self.ids, self.ids + 200):
                    f.write(json.dumps({"id": i, "ts": now, "text": "x" * 100}) + "\n")
                for _ in range(10):
                    f.write(json.dumps({"id": self.rng.randint(max(0, self.ids - 400), self.ids + 199), "ts": now}) + "\n")
                f.write(f"broken {n}\n")
            self.ids, self.broken, self.again = self.ids + 200, self.broken + 1, self.again + 10
            os.rename(f"{self.folder}/raw/.tmp", path)
            n += 1


def start(folder, follow=True):
    procs, before = [], subprocess.DEVNULL
    with open(f"{folder}/log", "ab") as log:
        for i, command in enumerate(COMMANDS):
            argv = [a for a in command if follow or a not in ("--follow", "--trigger", "1s")]
            p = subprocess.Popen(argv, cwd=folder, stdin=before, stderr=log,
                                 stdout=subprocess.PIPE if i + 1 < len(COMMANDS) else subprocess.DEVNULL)
            if before is not subprocess.DEVNULL:
                before.close()
            before = p.stdout
            procs.append(p)
    return procs


def memory_kb(pid):
    try:
        with open(f"/proc/{pid}/status", encoding="ascii") as f:
            return next((int(x.split()[1]) for x in f if x.startswith("VmRSS:")), 0)
    except (FileNotFoundError, ProcessLookupError):
        return 0


def count_files(path):
    return sum(len(names) for _, _, names in os.walk(path))


def sample(procs, folder):
    seen = {c[0]: memory_kb(p.pid) for c, p in zip(COMMANDS, procs)}
    seen["files of ck"] = count_files(f"{folder}/ck")
    seen["files of the table"] = len(glob.glob(f"{folder}/out/part-*"))
    return seen


def check_flat(samples, seconds):
    """The last third against the second."""
    if seconds < 120:
        return  # the checkpoint still fills up
    third = len(samples) // 3
    for name in samples[-1]:
        middle = max(s[name] for s in samples[third:2 * third])
        last = max(s[name] for s in samples[2 * third:])
        print(f"{name}: {middle}, then {last}", file=sys.stderr)
        # the table is merged at 1000 small files: it takes that many seconds until it is first
        if name == "files of the table":
            if seconds >= 1500 and last > 2000:
                yield f"the table has {last} files"
        elif last > middle * 1.2 + (4096 if name.startswith("medal") else 20):
            yield f"{name} grows: {middle} in the second third, {last} in the last"


def rows(table):
    """By python, as the table's log lists them."""
    log = f"{table}/_spark_metadata"
    numbers = {int(n.split(".")[0]): n for n in os.listdir(log) if not n.startswith(".")}
    first = max((n for n, name in numbers.items() if name.endswith(".compact")), default=0)
    found = []
    for n in sorted(n for n in numbers if n >= first):
        with open(f"{log}/{numbers[n]}", encoding="utf-8") as f:
            for line in f.read().splitlines()[1:]:
                with open(f"{table}/" + os.path.basename(json.loads(line)["path"]), encoding="utf-8") as part:
                    found += [json.loads(x) for x in part]
    return found


def main():
    p = argparse.ArgumentParser(usage="soak.py [--seed S] [--keep]")
    p.add_argument("--seed", type=int, default=int(time.time()), metavar="S")
    p.add_argument("--keep", action="store_true")
    args = p.parse_args()
    rng = random.Random(args.seed)
    print(f"seed {args.seed}", file=sys.stderr, flush=True)
    folder = tempfile.mkdtemp(prefix="medal-soak-")
    os.mkdir(f"{folder}/raw")
    feed = Feed(folder, rng)
    feed.start()
    began, kills, samples, procs = time.monotonic(), collections.Counter(), [], start(folder)
    while time.monotonic() - began < SECONDS:
        until = time.monotonic() + KILL_EVERY * rng.uniform(0.5, 1.5)
        while time.monotonic() < min(until, began + SECONDS) and all(q.poll() is None for q in procs):
            time.sleep(0.5)
        samples.append(sample(procs, folder))
        k = rng.randrange(len(procs))
        kills[COMMANDS[k][0]] += 1
        procs[k].send_signal(signal.SIGKILL)
        for q in procs:
            q.wait(60)
        procs = start(folder)
    feed.stop.set()
    feed.join()
    # an orderly stop, and what is left
    procs[0].send_signal(signal.SIGTERM)
    for q in procs:
        q.wait(60)
    wrong = []
    last = start(folder, follow=False)
    if any([q.wait(120) for q in last]):
        wrong.append(f"the last run ends with {[q.returncode for q in last]}")
    ids = collections.Counter(r["id"] for t in ("out", "late") for r in rows(f"{folder}/{t}"))
    lost, doubled = feed.ids - len(ids), sum(1 for n in ids.values() if n > 1)
    if lost or doubled:
        wrong.append(f"{lost} ids lost, {doubled} doubled")
    if len(rows(f"{folder}/twice")) + sum(ids.values()) != feed.ids + feed.again:
        wrong.append("table, late rows and duplicates are not all records")
    if len(rows(f"{folder}/bad")) != feed.broken:
        wrong.append(f"{feed.broken} broken lines, {len(rows(f'{folder}/bad'))} in the quarantine")
    wrong += check_flat(samples, SECONDS)
    print(f"{feed.ids} ids, killed {sum(kills.values())}", file=sys.stderr)
    print("\n".join(wrong) if wrong else "all well")
    if args.keep and wrong:
        print(f"kept: {folder}")
    else:
        shutil.rmtree(folder, ignore_errors=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
