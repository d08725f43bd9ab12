#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Stops or kills a pipeline at each named step of the protocol, goes on, and looks at the tables.

    tests/fault/kill_points.py kill --times 20 --seed 7      each point 20 times, in epochs chosen by the seed
    tests/fault/kill_points.py sql --times 5                 the SQL is another one after the kill
    tests/fault/kill_points.py stop                          SIGSTOP across a whole new run, then SIGCONT
    tests/fault/kill_points.py kill --only 'link ledger'     points whose name holds this

A point is a call of one program on a path, before it and after it. What each mode must find:

  kill   the tables of an undisturbed run, after the same command was run again. Points of the recovery are reached
         in the run after a kill that left an epoch decided and not published; then a third run must end well.
  sql    the epochs that were decided before the kill have the rows of the old SQL, all others those of the new one, as
         oracle() below has them; other keys over old state are refused and change nothing.
  stop   a process of the old run is stopped, its source is killed and the command is run again. The new run waits for the
         stopped one or is done without it; woken up, the old one shows nothing and decides nothing that is not
         right, and all tables are the undisturbed ones.
  duel   the same for a tail that sleeps before its decision, or a sink before it has prepared, while that of a new run
         comes to the same point. With the fence it cannot come there.
  --break flock,names is the driver's own check of stop and duel: locks lock nothing, a run that is over seems to go on,
  and the driver must find that a run fails or a table is wrong.
"""
import argparse
import collections
import json
import os
import random
import signal
import subprocess
import sys
import time

import harness

SHIM = os.environ["MEDAL_BUILD"] + "/test/nth_call.so"
RUN_FILE = "*/medal/run/" + "[0-9a-f]" * 32

Point = collections.namedtuple("Point", "step program call path")
POINTS = [Point(*p) for p in [
    ("start: lock", "medal-ingest", "flock", "*/medal/lock"),
    ("start: FIFO of the run", "medal-ingest", "mkfifo", "*/medal/run/*/ack"),
    ("start: run file", "medal-ingest", "open", RUN_FILE),
    ("start: hold the run", "medal-ingest", "flock", RUN_FILE),
    ("claim: owner of the quarantine", "medal-ingest", "*", "*/tables/bad/_medal_owner"),
    ("claim: owner of the table", "medal-write", "*", "*/tables/out/_medal_owner"),
    ("hold the run: filter", "medal-dedupe", "flock", RUN_FILE),
    ("hold the run: sink", "medal-write", "flock", RUN_FILE),
    ("hold the run: tail", "medal-checkpoint", "flock", RUN_FILE),
    ("claim a name: filter", "medal-validate", "open", "*/stage.validate"),
    ("claim a name: tail", "medal-checkpoint", "open", "*/stage.commit"),
    ("plan: positions", "medal-ingest", "rename", "*/medal/files/*"),
    ("plan: log of the source", "medal-ingest", "link", "*/sources/0/*"),
    ("plan: link offsets", "medal-ingest", "link", "*/offsets/*"),
    ("plan: sync offsets", "medal-ingest", "fsync", "*/offsets"),
    ("plan: the commit that was seen", "medal-ingest", "fsync", "*/commits"),
    ("prepare: quarantine opened", "medal-ingest", "open", "*/_medal_pending/*"),
    ("prepare: quarantine synced", "medal-ingest", "fsync", "*/_medal_pending/*"),
    ("prepare: state written", "medal-dedupe", "write", "*/state/medal/*"),
    ("prepare: state synced", "medal-dedupe", "fsync", "*/state/medal/*"),
    ("prepare: state named", "medal-dedupe", "rename", "*/state/medal/*"),
    ("prepare: side output synced", "medal-dedupe", "fsync", "*/_medal_pending/*"),
    ("prepare: side output named", "medal-dedupe", "fsync", "*/_medal_pending"),
    ("prepare: table written", "medal-write", "write", "*/_medal_pending/*"),
    ("prepare: table synced", "medal-write", "fsync", "*/_medal_pending/*"),
    ("prepare: table named", "medal-write", "fsync", "*/_medal_pending"),
    ("decide: ledger written", "medal-checkpoint", "fsync", "*/medal/ledger/.*"),
    ("decide: link ledger", "medal-checkpoint", "link", "*/medal/ledger/*"),
    ("decide: sync ledger", "medal-checkpoint", "fsync", "*/medal/ledger"),
    ("publish: quarantine", "medal-checkpoint", "renameat", "part-*-ingest-*"),
    ("publish: duplicates", "medal-checkpoint", "renameat", "part-*-dedupe-*"),
    ("publish: table", "medal-checkpoint", "renameat", "part-[0-9]*-[0-9]*"),
    ("publish: folder synced", "medal-checkpoint", "fsync", "*/tables/out/level=free"),
    ("publish: log of the quarantine", "medal-checkpoint", "link", "*/bad/_spark_metadata/*"),
    ("publish: log of the table", "medal-checkpoint", "link", "*/out/_spark_metadata/*"),
    ("publish: log synced", "medal-checkpoint", "fsync", "*/_spark_metadata"),
    ("commit: link commits", "medal-checkpoint", "link", "*/commits/*"),
    ("commit: sync commits", "medal-checkpoint", "fsync", "*/commits"),
    ("end: run file", "medal-ingest", "unlink", RUN_FILE),
]]
# In the run after one that was killed before its first publication: the source rolls forward.
RECOVERY = [Point(*p) for p in [
    ("recovery: bar the dead run", "medal-ingest", "unlink", RUN_FILE),
    ("recovery: sync what is seen", "medal-ingest", "fsync", "*/medal/ledger"),
    ("recovery: publish the quarantine", "medal-ingest", "renameat", "part-*-ingest-*"),
    ("recovery: publish the table", "medal-ingest", "renameat", "part-[0-9]*-[0-9]*"),
    ("recovery: log of the table", "medal-ingest", "link", "*/out/_spark_metadata/*"),
    ("recovery: link commits", "medal-ingest", "link", "*/commits/*"),
    ("recovery: sync commits", "medal-ingest", "fsync", "*/commits"),
]]
DECIDED = Point("", "medal-checkpoint", "fsync", "*/medal/ledger")
# Of a second thread, in a run of so many epochs that its result is waited for.
MERGES = [Point(*p) for p in [
    ("merge of state: opened", "medal-dedupe", "open", "*/state/medal/dedupe/.merge.*"),
    ("merge of state: written", "medal-dedupe", "write", "*/state/medal/dedupe/.merge.*"),
    ("merge of state: synced", "medal-dedupe", "fsync", "*/state/medal/dedupe/.merge.*"),
    ("merge of state: named", "medal-dedupe", "rename", "*/state/medal/dedupe/[1-9]*.snapshot"),
]]
MERGE_EPOCHS = 26

OTHER_SQL = harness.DEFINITION.replace("level IN ('free', 'paid')", "level = 'free'")
OTHER_KEYS = harness.ROWS.text.replace("-k id ", "-k id,n ")


def oracle(switch, epochs):
    """{table: {epoch: sorted ids}}: the pipeline by hand, with the other SQL from epoch SWITCH on."""
    found = {t: collections.defaultdict(list) for t in ("bad", "out", "late", "twice")}
    seen = set()
    for e in range(epochs):
        for k in range(40):
            i = e * 30 + k
            level = {5: "none", 6: None}.get(k, "free" if k % 3 else "paid")
            if level not in (("free", "paid") if e < switch else ("free",)):
                found["bad"][e].append(i)
            elif e > 1 and k % 10 == 9:
                found["late"][e].append(i)
            elif i in seen:
                found["twice"][e].append(i)
            else:
                seen.add(i)
                found["out"][e].append(i)
        found["bad"][e].append(f"no record {e}")
    return {t: {e: sorted(map(str, ids)) for e, ids in by.items()} for t, by in found.items()}


def ids(now):
    """The same of the tables that stand there."""
    found = {}
    for t in ("bad", "out", "late", "twice"):
        by = collections.defaultdict(list)
        for name, rows in now["tables/" + t].items():
            epoch = int(os.path.basename(name).split("-")[1])
            for row in map(json.loads, rows):
                by[epoch].append(str(row.get("id", row.get("_corrupt_record"))))
        found[t] = {e: sorted(v) for e, v in by.items()}
    return found


def state(pid):
    """The letter that /proc has for it, or None."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as f:
            return f.read().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return None


class Driver:
    def __init__(self, args, epochs=5):
        self.args = args
        self.rng = random.Random(args.seed)
        self.folder = harness.Folder(epochs)
        self.pipeline = harness.ROWS
        self.good = harness.undisturbed(self.pipeline, self.folder.path)
        if ids(self.good) != oracle(99, self.folder.epochs):
            raise SystemExit("an undisturbed run does not give what the oracle has")
        self.mark = os.path.join(self.folder.top, "mark")
        self.done = self.failed = 0

    def fault(self, point, when, at, what):
        if os.path.exists(self.mark):
            os.unlink(self.mark)
        env = {"MEDAL_FAULT_IN": point.program, "MEDAL_FAULT_PATH": point.path, "MEDAL_FAULT_AT": str(at),
               "MEDAL_FAULT_WHEN": when, "MEDAL_FAULT": what, "MEDAL_FAULT_MARK": self.mark, "LD_PRELOAD": SHIM}
        if point.call != "*":
            env["MEDAL_FAULT_CALL"] = point.call
        return env

    def new(self):
        self.folder.reset()
        with open(f"{self.folder.path}/events.sql", "w", encoding="ascii") as f:
            f.write(harness.DEFINITION)

    def struck(self, point, when, what="kill", before=None):
        """A run that is disturbed at the point, at a hit chosen by chance; its statuses and words."""
        at = self.rng.randint(1, 6)
        while at:
            self.new()
            if before:
                harness.run(self.pipeline, self.folder.path, **self.fault(before, "after", self.rng.randint(1, 4), "kill"))
            statuses, said = harness.run(self.pipeline, self.folder.path, **self.fault(point, when, at, what))
            if os.path.exists(self.mark):
                return at, statuses, said
            at //= 2
        raise SystemExit(f"{point.step}: the point is never reached")

    def result(self, name, wrong):
        self.done += 1
        if wrong:
            self.failed += 1
            print(f"{name}: {wrong}", flush=True, file=sys.stderr if self.args.broken else sys.stdout)
            if not self.args.broken:
                if self.args.keep:
                    print(f"kept: {self.folder.keep()}")

    def kill(self, point, when):
        at, statuses, said = self.struck(point, when, before=DECIDED if point in RECOVERY else None)
        path = self.folder.path
        return f"hit {at}", (harness.judge_disturbed(self.pipeline, path, self.good, statuses, said) or
                             harness.goes_on(self.pipeline, path, self.good))

    def sql(self, point, when):
        at, _, _ = self.struck(point, when)
        path = self.folder.path
        logs = f"{path}/ck/medal/ledger"
        switch = len([n for n in (os.listdir(logs) if os.path.isdir(logs) else []) if n.isdigit()])
        if self.rng.random() < 0.3:
            return f"hit {at}, other keys", self.keys(switch)
        with open(f"{path}/events.sql", "w", encoding="ascii") as f:
            f.write(OTHER_SQL)
        statuses, said = harness.run(self.pipeline, path)
        if statuses is None or any(statuses):
            return f"hit {at}", f"with other SQL: {statuses} {said}"
        want, got = oracle(switch, self.folder.epochs), ids(harness.tables(self.pipeline, path))
        if want != got:
            return f"hit {at}", f"other SQL from epoch {switch} on gives other rows in " + ", ".join(
                t for t in want if want[t] != got[t])
        return f"hit {at}", harness.verify(self.pipeline, path)

    def keys(self, decided):
        """Other keys: refused where there is state, and then the old ones go on as if nothing had been."""
        path = self.folder.path
        statuses, said = harness.run(self.pipeline, path, text=OTHER_KEYS)
        if not decided:
            # ids are in pairs of equal n and in pairs of other n, so no table tells old keys from new ones alone
            return None if statuses == [0] * 5 else f"nothing is decided, and other keys fail: {statuses} {said}"
        if statuses is None or statuses[-1] != 2 or "other settings" not in said:
            # all was committed, and nothing is left to do: the filters never began
            if not any(statuses or [1]) and harness.tables(self.pipeline, path) == self.good:
                return None
            return f"other keys over old state: {statuses} {said}"
        return harness.goes_on(self.pipeline, path, self.good)

    def stop(self, point, when):
        """One stage of the old run sleeps while another run goes through, or waits for it."""
        at = self.rng.choice([1, 2, 3])
        broken = {"LD_PRELOAD": SHIM, "MEDAL_FAULT_BREAK": self.args.broken} if self.args.broken else {}
        while True:
            self.new()
            old = self.start("old", **dict(broken, **self.fault(point, when, at, "stop")))
            pid = self.wait_stopped(old)
            if pid:
                break
            old.wait()
            if at == 1:
                raise SystemExit(f"{point.step}: the point is never reached")
            at = 1
        name = f"hit {at}"
        if point.program == "medal-ingest":
            # before the lock is taken there is nothing to refuse
            wrong = None if broken or (point, when) == (POINTS[0], "before") else self.refused()
            new = self.start("new", "--wait", **broken)
        else:
            self.kill_source(old)
            wrong = None
            new = self.start("new", **broken)
        try:
            while new.poll() is None and "waiting for " not in self.words("new"):
                if time.monotonic() > self.until:
                    wrong = "the new run neither ends nor says that it waits"
                    break
                time.sleep(0.01)
        finally:
            os.kill(pid, signal.SIGCONT)
        for p, what in ((new, "new"), (old, "old")):
            try:
                p.wait(harness.PATIENCE)
            except subprocess.TimeoutExpired:
                wrong = wrong or f"the {what} run hangs: {self.words(what)}"
                os.killpg(p.pid, signal.SIGKILL)
        if not wrong and self.status("new") != [0] * 5:
            wrong = f"the new run: {self.status('new')} {self.words('new')}; the old one: {self.words('old')}"
        if not wrong:
            now = harness.tables(self.pipeline, self.folder.path)
            wrong = harness.wrong_rows(self.pipeline, self.good, now)
        return name, wrong or harness.goes_on(self.pipeline, self.folder.path, self.good)

    def duel(self, point, when):
        """The old run's tail and the new run's are about to do the same; the old one goes first."""
        broken = {"LD_PRELOAD": SHIM, "MEDAL_FAULT_BREAK": self.args.broken} if self.args.broken else {}
        self.new()
        runs = {}
        for name in ("old", "new"):
            # the old one in its second epoch: in the first its tail may not have read who it belongs to
            at = 2 if name == "old" else 1
            runs[name] = self.start(name, **dict(self.fault(point, when, at, "stop"), **broken))
            pid = self.wait_stopped(runs[name], "waiting for " if name == "new" else None)
            if name == "old":
                sleeper = pid
                self.kill_source(runs[name])
        os.kill(sleeper, signal.SIGCONT)
        runs["old"].wait(harness.PATIENCE)
        # with the fence the new tail comes to the point only now
        pid = pid or self.wait_stopped(runs["new"])
        if pid:
            os.kill(pid, signal.SIGCONT)
        runs["new"].wait(harness.PATIENCE)
        if self.status("new") != [0] * 5:
            return "", f"the new run: {self.status('new')} {self.words('new')}; the old one: {self.words('old')}"
        return "", harness.goes_on(self.pipeline, self.folder.path, self.good)

    # ---- runs that go on beside others ----

    def start(self, name, option="", **env):
        self.until = time.monotonic() + harness.PATIENCE
        text = self.pipeline.text.replace(">status", f">status.{name}").replace("medal-ingest", f"medal-ingest {option}")
        with open(f"{self.folder.path}/said.{name}", "wb") as log:
            return subprocess.Popen(["bash", "-c", text], cwd=self.folder.path, env=dict(os.environ, **env), stdout=log,
                                    stderr=log, stdin=subprocess.DEVNULL, start_new_session=True)

    def words(self, name):
        with open(f"{self.folder.path}/said.{name}", encoding="utf-8", errors="replace") as f:
            return f.read()

    def status(self, name):
        with open(f"{self.folder.path}/status.{name}", encoding="ascii") as f:
            return [int(s) for s in f.read().split()]

    def wait_stopped(self, run, words=None):
        """The process that has stopped at the point, or None when the run ended without, or has said WORDS."""
        while not (words and words in self.words("new")):
            if os.path.exists(self.mark):
                with open(self.mark, encoding="utf-8") as f:
                    called = f.read().split()
                if len(called) == 2 and state(called[1]) == "T":
                    return int(called[1])
            elif run.poll() is not None:
                return None
            time.sleep(0.002)
        return None

    def kill_source(self, run):
        for pid in subprocess.run(["pgrep", "-P", str(run.pid), "medal-ingest"], stdout=subprocess.PIPE,
                                  check=False).stdout.split():
            os.kill(int(pid), signal.SIGKILL)
            # until it is gone it holds its locks
            while state(int(pid)) not in ("Z", "X", None):
                time.sleep(0.002)

    def refused(self):
        """A source that sleeps still holds the checkpoint, once it has the lock: another is refused, and does not wait."""
        began = time.monotonic()
        statuses, said = harness.run(self.pipeline, self.folder.path)
        if statuses is None or statuses[-1] != 75 or "is in use by a running pipeline (medal-ingest, pid " not in said:
            return f"a second run beside a sleeping source: {statuses} {said}"
        return None if time.monotonic() - began < 30 else "a second run was refused late"


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("mode", choices=["kill", "sql", "stop", "duel"])
    p.add_argument("--times", type=int, default=1, metavar="N")
    p.add_argument("--every", type=int, default=1, metavar="N", help="each Nth point only, beginning where the seed says")
    p.add_argument("--seed", type=int, default=int(time.time()), metavar="S")
    p.add_argument("--only", metavar="TEXT", default="", help="points whose name holds TEXT")
    p.add_argument("--break", dest="broken", choices=["flock,names"], help="take the fence away; an error must be found")
    p.add_argument("--keep", action="store_true")
    a = p.parse_args()
    print(f"seed {a.seed}", file=sys.stderr)
    points = POINTS + (RECOVERY if a.mode == "kill" else [])
    if a.mode == "duel":
        points = [q for q in POINTS if q.step.startswith("decide") or q.step == "prepare: table named"]
    done = failed = 0
    for some, epochs in (points, 5), (MERGES if a.mode == "kill" else [], MERGE_EPOCHS):
        cases = [(q, when) for q in some for when in ("before", "after")]
        cases = [c for i, c in enumerate(cases) if (i + a.seed) % a.every == 0 and a.only in f"{c[1]} {c[0].step}"]
        if not cases:
            continue
        d = Driver(a, epochs)
        for q, when in cases:
            for _ in range(a.times):
                hit, wrong = getattr(d, a.mode)(q, when)
                d.result(f"{a.mode} {when} {q.step}, {hit}", wrong)
                if a.broken and d.failed:
                    break
            if a.broken and d.failed:
                break
        done, failed = done + d.done, failed + d.failed
        d.folder.remove()
    if a.broken:
        print("an error is found" if failed else f"no fence, and in {done} cases no error was found")
        return 0 if failed else 1
    print(f"{done} cases", file=sys.stderr)
    print(f"{failed} of {done} went wrong" if failed else "all well" if done else "no such point")
    return 1 if failed or not done else 0


if __name__ == "__main__":
    sys.exit(main())
