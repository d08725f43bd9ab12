#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Odd but lawful circumstances, each many times; the seed is printed and replays.

    tests/fault/odd.py short --times 1000      reads and writes are short or interrupted: the same tables
    tests/fault/odd.py pipes --times 100      pipes do not block (O_NONBLOCK), and calls are odd besides: the same tables
    tests/fault/odd.py clock --times 100       the wall clock jumps between 1970 and 2040: the same tables
    tests/fault/odd.py signals --times 200     SIGTERM, SIGINT or SIGHUP to one process or all: the next run ends well
    tests/fault/odd.py readers --times 200     one process, chosen by the seed, is gone before its neighbours began
    tests/fault/odd.py limits --times 200      one process may write no file beyond some bytes (ulimit -f): it says so
    tests/fault/odd.py races --times 500       2 to 8 runs begin at once: one works, the others are refused
    tests/fault/odd.py forged --times 100      somebody removes the locks of a live run, which may sleep, and a second one begins

After each the same command must end well with the tables of an undisturbed run, and verify must agree; where runs were
forged away it may also be refused (2), and shows nothing wrong.
"""
import argparse
import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time

import harness

PIPELINE = harness.ROWS
STAGES = ["medal-validate events.sql", harness.DEDUPE, "medal-write --partition-by level tables/out", harness.COMMIT,
          harness.SOURCE]
TEST = os.environ["MEDAL_BUILD"] + "/test/"
calm = 0.0  # seconds that an undisturbed run takes


def beside(folder, good, **env):
    """A run with a shim must end well, and its tables be those of GOOD."""
    statuses, said = harness.run(PIPELINE, folder.path, **env)
    if statuses is None or any(statuses):
        return f"{statuses} {said}"
    return harness.differences(good, harness.tables(PIPELINE, folder.path))


def short(folder, good, rng):
    return beside(folder, good, LD_PRELOAD=TEST + "odd_calls.so", MEDAL_ODD_SEED=str(rng.randrange(2**31)))


def pipes(folder, good, rng):
    return beside(folder, good, LD_PRELOAD=TEST + "odd_calls.so", MEDAL_ODD_PIPES="1",
                  MEDAL_ODD_SEED=str(rng.randrange(2**31)))


def clock(folder, good, rng):
    return beside(folder, good, LD_PRELOAD=TEST + "clock_jumps.so", MEDAL_CLOCK_SEED=str(rng.randrange(2**31)))


def start(folder, name):
    text = PIPELINE.text.replace(">status", f">status.{name}")
    with open(f"{folder.path}/said.{name}", "wb") as log:
        return subprocess.Popen(["bash", "-c", text], cwd=folder.path, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                start_new_session=True)


def ended(folder, run, name):
    """(statuses, words) of a run that was started."""
    try:
        run.wait(harness.PATIENCE)
    except subprocess.TimeoutExpired:
        os.killpg(run.pid, signal.SIGKILL)
        return None, "it hangs"
    with open(f"{folder.path}/said.{name}", encoding="utf-8", errors="replace") as f:
        said = f.read()
    with open(f"{folder.path}/status.{name}", encoding="ascii") as f:
        return [int(s) for s in f.read().split()], said


def children(run):
    out = subprocess.run(["pgrep", "-P", str(run.pid)], stdout=subprocess.PIPE, check=False).stdout
    return [int(p) for p in out.split()]


def signals(folder, good, rng):
    run = start(folder, "hit")
    time.sleep(rng.uniform(0, 0.06))
    sig = rng.choice([signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
    victims = children(run)
    for pid in victims if rng.random() < 0.3 else victims and [rng.choice(victims)]:
        try:
            os.kill(pid, sig)
        except ProcessLookupError:
            pass
    statuses, said = ended(folder, run, "hit")
    if statuses is None:
        return said
    # before a program has begun a signal ends it, as it ends any other
    odd = [s for s in statuses if s not in (0, 2, 75, 141, 128 + sig)]
    if odd:
        return f"{sig.name}: statuses {statuses} {said}"
    return harness.wrong_rows(PIPELINE, good, harness.tables(PIPELINE, folder.path))


def readers(folder, good, rng):
    stage = rng.choice(STAGES)
    other = rng.choice(["true", "head -n 1", "head -c 3000", "cat >/dev/null", "exec <&-; sleep 0.02"])
    text = PIPELINE.text.replace(stage, f"{{ {other}; }}").replace("--commit-timeout 1h", "--commit-timeout 2s")
    statuses, said = harness.run(PIPELINE, folder.path, text=text)
    if statuses is None:
        return f"{other} in place of {stage}: {said}"
    gone = 4 if stage == harness.COMMIT else 3 if stage.startswith("medal-write") else None
    commits = f"{folder.path}/ck/commits"
    if gone and os.path.isdir(commits) and os.listdir(commits):
        return f"{other} in place of {stage}: an epoch was committed"
    if not any(statuses):
        return f"{other} in place of {stage}: all is well, it says"
    return harness.wrong_rows(PIPELINE, good, harness.tables(PIPELINE, folder.path))


def limits(folder, good, rng):
    stage = rng.choice(STAGES)
    limit = int(2 ** rng.uniform(0, 13))
    text = PIPELINE.text.replace(stage, f"{{ prlimit --fsize={limit} --pid $BASHPID && exec {stage}; }}")
    statuses, said = harness.run(PIPELINE, folder.path, text=text)
    wrong = harness.judge_disturbed(PIPELINE, folder.path, good, statuses, said)
    if not wrong and any(statuses) and (75 not in statuses or "File too large" not in said):
        wrong = f"{statuses} {said}"
    return wrong and f"{limit} bytes for {stage}: {wrong}"


def races(folder, good, rng):
    names = [str(i) for i in range(rng.randint(2, 8))]
    began = time.monotonic()
    runs = [start(folder, n) for n in names]
    results = [ended(folder, r, n) for r, n in zip(runs, names)]
    took = time.monotonic() - began
    if took > 30 + 20 * calm:
        return f"it took {took:.0f} s, and an undisturbed run {calm:.1f} s"
    for statuses, said in results:
        if statuses is None:
            return said
        refused = statuses[-1] == 75 and "is in use by a running pipeline" in said
        # whoever came when the first one had ended found nothing to do, or waited for its last programs
        if any(statuses) and not refused:
            return f"{statuses} {said}"
    if all(any(s) for s, _ in results):
        return "none of them worked"
    return harness.differences(good, harness.tables(PIPELINE, folder.path))


def forge(folder, what):
    """Remove the lock of a checkpoint, its runs, or both, as a second host does that sees no locks."""
    medal = f"{folder.path}/ck/medal"
    if what != "runs" and os.path.exists(f"{medal}/lock"):
        os.unlink(f"{medal}/lock")
    runs = f"{medal}/run"
    for name in os.listdir(runs) if what != "lock" and os.path.isdir(runs) else []:
        path = f"{runs}/{name}"
        # a run that ends removes them, too
        shutil.rmtree(path, ignore_errors=True)
        with contextlib.suppress(FileNotFoundError, IsADirectoryError):
            os.unlink(path)


def forged(folder, good, rng):
    sleeps, what = rng.random() < 0.6, rng.choice(["lock", "runs", "both"])
    old = start(folder, "old")
    # the run has begun: a lock that goes before has nothing behind it
    while old.poll() is None and not os.path.exists(f"{folder.path}/ck/commits/0"):
        time.sleep(0.001)
    time.sleep(rng.uniform(0, 0.03))
    if sleeps and old.poll() is None:
        os.killpg(old.pid, signal.SIGSTOP)
    forge(folder, what)
    new = start(folder, "new")
    if sleeps and old.poll() is None:
        time.sleep(rng.uniform(0, 0.15))
        os.killpg(old.pid, signal.SIGCONT)
    for run, name in (old, "old"), (new, "new"):
        statuses, said = ended(folder, run, name)
        if statuses is None:
            return f"{what} gone: {name}: {said}"
        odd = [s for s in statuses if s not in (0, 2, 75, harness.READER_GONE)]
        if odd or (any(statuses) and "error: " not in said):
            return f"{what} gone: {name}: {statuses} {said}"
    wrong = harness.wrong_rows(PIPELINE, good, harness.tables(PIPELINE, folder.path))
    if wrong or what == "lock":
        return wrong
    # Without runs there is no fence. That the new run has taken away what the old one then decides on is refused from then
    # on; else all is well.
    statuses, said = harness.run(PIPELINE, folder.path)
    if statuses and all(s == 2 for s in statuses) and "error: " in said:
        wrong = harness.wrong_rows(PIPELINE, good, harness.tables(PIPELINE, folder.path))
        folder.reset()
    return wrong


def main():
    global calm
    modes = {f.__name__: f for f in (short, pipes, clock, signals, readers, races)}
    modes = {f.__name__: f for f in (short, pipes, clock, signals, readers, limits, races, forged)}
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("mode", choices=list(modes))
    p.add_argument("--times", type=int, default=20, metavar="N")
    p.add_argument("--seed", type=int, default=int(time.time()), metavar="S")
    a = p.parse_args()
    print(f"seed {a.seed}", file=sys.stderr)
    rng = random.Random(a.seed)
    folder = harness.Folder(3)
    began = time.monotonic()
    good = harness.undisturbed(PIPELINE, folder.path)
    calm = time.monotonic() - began
    harness.check_counts(PIPELINE, good, 3)
    failed = 0
    for n in range(a.times):
        folder.reset()
        wrong = modes[a.mode](folder, good, rng) or harness.goes_on(PIPELINE, folder.path, good)
        if wrong:
            failed += 1
            print(f"{a.mode} {n}: {wrong}", flush=True)
    folder.remove()
    print(f"{a.times} times {a.mode}", file=sys.stderr)
    print(f"{failed} of {a.times} went wrong" if failed else "all well")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
