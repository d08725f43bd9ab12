#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Goes through every call of a pipeline that changes the file system: it fails, or the program dies before it.

    tests/fault/nth_call.py --fault EIO --program medal-write --step 1
    tests/fault/nth_call.py --fault kill --program medal-checkpoint --only 17 --keep

A small pipeline with a quarantine, a side table and state (ingest | dedupe | write | commit) runs once undisturbed.
Then, for N = 1, 2, 3 ... until a run ends untouched: it runs in a fresh folder with nth_call.so, and again without.
The first run must end with 0 and all tables right, or with 2 or 75 and words that say why; in either case no file that
a table lists may hold other rows than the undisturbed one. The second must end with 0 and all tables right, and
medal-checkpoint verify --tables must agree.

--lie is the driver's own check: the call says that all is well and has done nothing. Then wrong tables must be found.
"""
import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile

PIPELINE = """medal-ingest --checkpoint ck --max-files 1 --quarantine bad in |
medal-dedupe -k id --watermark 'timestamp_millis(ts) 1 hour' --duplicates twice |
medal-write out | medal-checkpoint commit
echo "${PIPESTATUS[*]}" >status"""
TABLES = ["out", "bad", "twice"]
PROGRAMS = ["medal-ingest", "medal-dedupe", "medal-write", "medal-checkpoint"]
KILLED, READER_GONE = 137, 141
PATIENCE = 60


def fill(folder):
    os.mkdir(f"{folder}/in")
    for i in range(3):
        with open(f"{folder}/in/{i}.ndjson", "w", encoding="utf-8") as f:
            for k in range(40):
                f.write('{"id":%d,"ts":%d,"text":"row %d of %d"}\n' % (i * 30 + k, 1700000000000 + i * 1000 + k, k, i))
            f.write("no record %d\n" % i)
        os.utime(f"{folder}/in/{i}.ndjson", (1700000000 + i, 1700000000 + i))


def listed(table):
    """The files that a table's log lists, in order."""
    log = f"{table}/_spark_metadata"
    names = [n for n in (os.listdir(log) if os.path.isdir(log) else []) if not n.startswith(".")]
    start = max([int(n[:-8]) for n in names if n.endswith(".compact")], default=-1)
    newest = max([start] + [int(n) for n in names if n.isdigit()])
    files = []
    for n in range(max(start, 0), newest + 1):
        with open(f"{log}/{n}.compact" if n == start else f"{log}/{n}", encoding="utf-8") as f:
            lines = f.read().split("\n")
        if lines[0] != "v1":
            raise ValueError(f"{log}/{n} does not begin with v1")
        files += [json.loads(x)["path"].split("/")[-1] for x in lines[1:] if x]
    return files


def rows_of(path, side):
    with open(path, encoding="utf-8") as f:
        lines = f.read().splitlines()
    if not side:
        return sorted(lines)
    # a quarantined row names its run
    return sorted(json.dumps(json.loads(x).get("_corrupt_record", x)) for x in lines)


def tables(folder):
    """{table: {file: rows}} as the logs have it; a data file that stands there unlisted is an error."""
    found = {}
    for t in TABLES:
        files = listed(f"{folder}/{t}")
        there = [n for n in (os.listdir(f"{folder}/{t}") if os.path.isdir(f"{folder}/{t}") else [])
                 if n.startswith("part-")]
        found[t] = {n: rows_of(f"{folder}/{t}/{n}", t == "bad") for n in files}
        found[t + " unlisted"] = sorted(set(there) - set(files))
    return found


def run(folder, **env):
    try:
        r = subprocess.run(["bash", "-c", PIPELINE], cwd=folder, env=dict(os.environ, **env), timeout=PATIENCE,
                           stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    except subprocess.TimeoutExpired:
        return None, "it hangs"
    with open(f"{folder}/status", encoding="utf-8") as f:
        return [int(s) for s in f.read().split()], r.stdout.decode("utf-8", "backslashreplace")


def judge_first(statuses, said, now, good):
    """What is wrong with the disturbed run, or None."""
    if statuses is None:
        return said
    if all(s == 0 for s in statuses):
        return None if now == good else "status 0, and the tables are wrong"
    odd = [s for s in statuses if s not in (0, 2, 75, KILLED, READER_GONE)]
    if odd:
        return f"statuses {statuses}"
    # Who is killed says nothing, and where that is the tail, the others are ended by their broken pipes.
    if KILLED not in statuses and not (any(s in (2, 75) for s in statuses) and "error: " in said):
        return f"statuses {statuses} without words: {said!r}"
    for t in TABLES:
        for name, rows in now[t].items():
            if good[t].get(name) != rows:
                return f"{t}/{name} is visible and wrong"
    return None


def judge_second(folder, good):
    statuses, said = run(folder)
    if statuses is None or any(statuses):
        return f"the second run fails: {statuses} {said}"
    now = tables(folder)
    if now != good:
        return "the second run gives other tables: " + ", ".join(k for k in good if now[k] != good[k])
    r = subprocess.run(["medal-checkpoint", "verify", "--tables", "ck"], cwd=folder, stdout=subprocess.PIPE,
                       stderr=subprocess.STDOUT, check=False)
    return None if r.returncode == 0 else "verify: " + r.stdout.decode()


def one(good, shim, program, n, fault, keep):
    """(call that was disturbed, what is wrong) or None when the run ended untouched."""
    folder = tempfile.mkdtemp(prefix="nth-call.")
    try:
        fill(folder)
        statuses, said = run(folder, LD_PRELOAD=shim, MEDAL_FAULT_IN=program, MEDAL_FAULT_AT=str(n),
                             MEDAL_FAULT=fault, MEDAL_FAULT_MARK=f"{folder}/mark")
        if not os.path.exists(f"{folder}/mark"):
            if statuses is None or any(statuses):
                raise SystemExit(f"{program}, call {n}: nothing was disturbed, but it ended with {statuses}: {said}")
            return None
        with open(f"{folder}/mark", encoding="utf-8") as f:
            call = f.read()
        try:
            wrong = judge_first(statuses, said, tables(folder), good) or judge_second(folder, good)
        except (OSError, ValueError) as e:
            wrong = f"a table cannot be read: {e}"
        if wrong and keep:
            print(f"kept: {folder}")
            folder = None
        return call, wrong
    finally:
        if folder:
            shutil.rmtree(folder)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--fault", default="kill", choices=["kill", "EIO", "ENOSPC", "lie"])
    p.add_argument("--program", action="append", choices=PROGRAMS)
    p.add_argument("--step", type=int, default=1)
    p.add_argument("--start", type=int, default=1)
    p.add_argument("--only", type=int)
    p.add_argument("--keep", action="store_true")
    a = p.parse_args()
    shim = os.environ["MEDAL_BUILD"] + "/test/nth_call.so"
    folder = tempfile.mkdtemp(prefix="nth-call.")
    fill(folder)
    statuses, said = run(folder)
    good = tables(folder)
    shutil.rmtree(folder)
    # 40 + 30 + 30 keys, 10 + 10 duplicates, 3 bad lines
    count = {t: sum(len(r) for r in good[t].values()) for t in TABLES}
    if statuses != [0] * 4 or count != {"out": 100, "bad": 3, "twice": 20}:
        raise SystemExit(f"the undisturbed run: {statuses} {count} {said}")
    done = failed = 0
    for program in a.program or PROGRAMS:
        n = a.only or a.start
        while True:
            r = one(good, shim, program, n, a.fault, a.keep)
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
    if a.fault == "lie":
        print("wrong tables are found" if failed else f"{done} lies, and none was found")
        return 0 if failed else 1
    print(f"{failed} of {done} went wrong" if failed else "all well")
    return 1 if failed else 0


sys.exit(main())
