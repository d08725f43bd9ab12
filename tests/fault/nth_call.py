#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Goes through every call of a pipeline that changes the file system: it fails, or the program dies before it.

    tests/fault/nth_call.py --fault EIO --program medal-write --step 1
    tests/fault/nth_call.py --fault EIO --call fsync
    tests/fault/nth_call.py --fault kill --program medal-checkpoint --only 17 --keep
    tests/fault/nth_call.py --fault ENOSPC --program medal-dedupe --path '*/.merge.*' --epochs 26 --harmless
    tests/fault/nth_call.py --fault malloc --pipeline groups --program medal-aggregate

A small pipeline with a quarantine, side tables and state runs once undisturbed. Then, for N = 1, 2, 3 ... until a run
ends untouched: it runs anew with nth_call.so, and again without. The first run must end with 0 and all tables right,
or with 2 or 75 and words that say why; in either case no file that a table lists may hold other rows than the
undisturbed one. The second must end with 0 and all tables right, and medal-checkpoint verify --tables must agree.

--harmless: the first run must end with 0 and all tables right.

--fault malloc: the Nth request for memory of a program is refused; --fault memory: that one and all after it. What a
program can do without (a buffer of qsort) is no trouble, so it may also end with 0.

--fault lie is the driver's own check: the call says that all is well and has done nothing. Then wrong tables must be
found.
"""
import argparse
import os
import sys

import harness

PROGRAMS = ["medal-ingest", "medal-validate", "medal-dedupe", "medal-aggregate", "medal-write", "medal-checkpoint"]
MEMORY = ["malloc", "memory"]
FAULTS = MEMORY + ["kill", "EIO", "ENOSPC", "EXDEV", "EACCES", "EEXIST", "EMFILE", "lie"]


def one(folder, good, program, n, args):
    """(call that was disturbed, what is wrong) or None when the run ended untouched."""
    folder.reset()
    mark = f"{folder.top}/mark"
    if os.path.exists(mark):
        os.unlink(mark)
    pipeline = harness.PIPELINES[args.pipeline]
    env = {"MEDAL_FAULT_CALL": args.call} if args.call else {}
    if args.path:
        env["MEDAL_FAULT_PATH"] = args.path
    shim = "malloc_fails" if args.fault in MEMORY else "nth_call"
    # who is lied to may wait for what never comes
    text = pipeline.text.replace("--commit-timeout 1h", "--commit-timeout 5s") if args.fault == "lie" else None
    statuses, said = harness.run(pipeline, folder.path, text=text, LD_PRELOAD=f"{os.environ['MEDAL_BUILD']}/test/{shim}.so",
                                 MEDAL_FAULT_IN=program, MEDAL_FAULT_AT=str(n), MEDAL_FAULT=args.fault,
                                 MEDAL_FAULT_MARK=mark, **env)
    if not os.path.exists(mark):
        if statuses is None or any(statuses):
            raise SystemExit(f"{program}, call {n}: nothing was disturbed, but it ended with {statuses}: {said}")
        return None
    with open(mark, encoding="utf-8") as f:
        call = f.read().split()[0]
    try:
        wrong = (f"it ended with {statuses}: {said}" if args.harmless and (statuses is None or any(statuses)) else
                 harness.judge_disturbed(pipeline, folder.path, good, statuses, said) or
                 harness.goes_on(pipeline, folder.path, good))
    except (OSError, ValueError) as e:
        wrong = f"a table cannot be read: {e}"
    if wrong and args.keep:
        print(f"kept: {folder.keep()}")
    return call, wrong


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--fault", default="kill", choices=FAULTS)
    p.add_argument("--call", help="only calls of this name")
    p.add_argument("--path", help="only where the path matches this pattern")
    p.add_argument("--epochs", type=int, default=3)
    p.add_argument("--harmless", action="store_true")
    p.add_argument("--pipeline", default="rows", choices=list(harness.PIPELINES))
    p.add_argument("--program", action="append", choices=PROGRAMS)
    p.add_argument("--step", type=int, default=1)
    p.add_argument("--start", type=int, default=1)
    p.add_argument("--only", type=int)
    p.add_argument("--keep", action="store_true")
    a = p.parse_args()
    folder = harness.Folder(a.epochs)
    pipeline = harness.PIPELINES[a.pipeline]
    good = harness.undisturbed(pipeline, folder.path)
    harness.check_counts(pipeline, good, a.epochs)
    done = failed = 0
    for program in a.program or [p for p in PROGRAMS if p in pipeline.text]:
        n = a.only or a.start
        while True:
            r = one(folder, good, program, n, a)
            if r is None:
                break
            done += 1
            if r[1]:
                failed += 1
                print(f"{program}, call {n} ({r[0]}), {a.fault}: {r[1]}")
            if a.only:
                break
            n += a.step
        print(f"{program}: {n} calls", file=sys.stderr)
    folder.remove()
    if not done:
        print("no call was disturbed")
        return 1
    if a.fault == "lie":
        print("wrong tables are found" if failed else f"{done} lies, and none was found")
        return 0 if failed else 1
    print(f"{failed} of {done} went wrong" if failed else "all well")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
