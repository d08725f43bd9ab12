#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""One program of a pipeline is killed while all wait: the others must end at once.

Nothing but the death can wake them: the source looks for input once an hour, or waits for standard input. Each program
in turn, before the first epoch and after one; then the same command must end well. A program that does not notice is
named.
"""
import fcntl
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time

PATIENCE = 300
SOURCE = ["medal-ingest", "--checkpoint", "ck", "--commit-timeout=1h", "--trigger", "1h"]
DEDUPE = ["medal-dedupe", "-k", "x", "--forever"]
COMMIT = ["medal-checkpoint", "commit"]

# What stands between the source and the tail. A list of two chains is a tee with two branches.
CHAINS = {
    "filters": [["medal-validate", "-e", "a EXPECT (x > 0)"], DEDUPE, ["medal-write", "t"]],
    "exec": [["medal-exec", "cat"], ["medal-transform", "SELECT x"], ["medal-write", "t"]],
    "cat": [["cat"], DEDUPE, ["medal-write", "t"]],
    "branches": [[["medal-transform", "--branch", "a", "SELECT x"], ["medal-write", "t"]],
                 [["medal-dedupe", "--branch", "b", "-k", "x", "--forever"], ["medal-write", "u"]]],
}


def start(argv, folder, stdin, stdout, keep=()):
    # SIGPIPE, which python ignores, has its default again (restore_signals)
    return subprocess.Popen(argv, cwd=folder, stdin=stdin, stdout=stdout, stderr=subprocess.DEVNULL, pass_fds=keep)


def chain(stages, folder, stdin):
    """The processes of STAGES | commit, which read the descriptor STDIN; all descriptors are theirs alone."""
    procs = []
    for argv in stages + [COMMIT]:
        end = argv is COMMIT
        r, w = (None, None) if end else os.pipe()
        procs.append(start(argv, folder, stdin, subprocess.DEVNULL if end else w))
        os.close(stdin)
        if not end:
            os.close(w)
            stdin = r
    return procs


def pipeline(kind, folder, source, stdin):
    stages = CHAINS[kind]
    r, w = os.pipe()
    if kind != "branches":
        procs = [start(source, folder, stdin, w)]
        os.close(w)
        return procs + chain(stages, folder, r)
    procs = [start(source + ["--branches", "a,b"], folder, stdin, w)]
    os.close(w)
    (ra, wa), (rb, wb) = os.pipe(), os.pipe()
    procs.append(start(["tee", "-i", f"/dev/fd/{wa}"], folder, r, wb, keep=(wa,)))
    for fd in (r, wa, wb):
        os.close(fd)
    return procs + chain(stages[0], folder, ra) + chain(stages[1], folder, rb)


def wait_for(what, procs):
    end = time.monotonic() + PATIENCE
    while not what():
        if time.monotonic() > end or any(p.poll() is not None for p in procs):
            return False
        time.sleep(0.005)
    return True


def is_up(tail):
    """Has the tail marked its pipe, by which a sink knows it when it is gone?"""
    try:
        fd = os.open(f"/proc/{tail.pid}/fd/0", os.O_RDONLY | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        return fcntl.fcntl(fd, fcntl.F_GETPIPE_SZ) == 256 << 10 or os.fstat(fd).st_mode & stat.S_ISVTX
    finally:
        os.close(fd)


def name(p):
    return os.path.basename(p.args[0]) + (" " + p.args[1] if p.args[0] == "medal-checkpoint" else "")


def one(kind, moment, standard_input, victim):
    """What is wrong, or None; IndexError when there is no such victim."""
    folder = tempfile.mkdtemp(prefix="medal-idle-")
    os.mkdir(folder + "/in")
    record = '{"x":1}\n'
    feed, their = os.pipe() if standard_input else (None, None)
    if standard_input:
        feed, their = their, feed
    source = SOURCE + (["--max-records", "1", "-"] if standard_input else ["in"])
    if moment == "between" and not standard_input:
        with open(folder + "/in/1.ndjson", "w", encoding="ascii") as f:
            f.write(record)
    procs = pipeline(kind, folder, source, their if standard_input else subprocess.DEVNULL)
    if standard_input:
        os.close(their)
        if moment == "between":
            os.write(feed, record.encode())
    runs = folder + "/ck/medal/run"
    ready = (lambda: os.path.exists(folder + "/ck/commits/0")) if moment == "between" else (
        lambda: os.path.isdir(runs) and os.listdir(runs) and is_up(procs[-1]))
    wrong = None if wait_for(ready, procs) else "the pipeline did not come so far"
    try:
        p = procs[victim]
        p.send_signal(signal.SIGKILL)
        end = time.monotonic() + PATIENCE
        for q in procs:
            try:
                q.wait(max(0, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                wrong = wrong or f"{name(q)} does not notice that {name(p)} was killed"
        statuses = [q.returncode for q in procs]
        if not wrong and moment == "between" and procs[-1] is not p and statuses[-1] != 75:
            wrong = f"{name(p)} was killed, and the tail says {statuses[-1]}"
    finally:
        for q in procs:
            q.kill()
            q.wait()
        if feed is not None:
            os.close(feed)
    if not wrong:
        # as it is run by hand: to the end of the input
        r, w = os.pipe()
        os.write(w, record.encode())
        os.close(w)
        again = [a for a in source if a not in ("--trigger", "1h")]
        procs = pipeline(kind, folder, again, r)
        os.close(r)
        for q in procs:
            q.wait()
        table = folder + "/t"
        with_row = os.path.isdir(table) and any(n.startswith("part-") for n in os.listdir(table))
        want = moment == "between" or standard_input
        if any(q.returncode for q in procs) or with_row != want:
            wrong = f"after {name(p)} was killed: statuses {[q.returncode for q in procs]}, a row: {with_row}"
    shutil.rmtree(folder, ignore_errors=True)
    return wrong


def main():
    failed = 0
    for kind in CHAINS:
        # A program that is not medal's does not notice anything before it writes.
        for moment in ("before", "between") if kind in ("filters", "exec") else ("between",):
            for standard_input in (False, True):
                for victim in range(8 if kind == "branches" else 5):
                    wrong = one(kind, moment, standard_input, victim)
                    if wrong:
                        failed += 1
                        where = "standard input" if standard_input else "files"
                        print(f"{kind}, {where}, {moment} epochs: {wrong}", flush=True)
    print(f"{failed} went wrong" if failed else "all well")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
