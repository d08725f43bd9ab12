#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Kills pipelines over files at random and compares what they leave with undisturbed runs.

    tests/fault/kill_pipelines.py --kills 200 --seed 7       as many pipelines as it takes
    tests/fault/kill_pipelines.py --seed 7 --only 42 --keep      the same case once more

Each pipeline has two hops (raw to bronze, bronze to gold) with side outputs, made up from the seed: which filters,
how many files, how many files an epoch, which faults in the input. It runs once undisturbed. Then the same command
runs again in a fresh folder; a process chosen at random is killed with SIGKILL at a random time (now and then all of
them), and the command is started again, sometimes while the rest of the killed run still
drains, sometimes to be killed within 50 ms for up to ten times in a row, until it ends well. Then must be equal:

  - the rows of each table (side outputs too), byte for byte after sorting; no other data file may be visible;
  - the books of each epoch: rows and sums in and out, and each bucket;
  - medal-checkpoint verify --tables must agree.

The undisturbed run itself is held against what the simulator says that it wrote. Times are not replayed with the seed
(the machine decides how far a program is after 20 ms), cases and choices are.
"""
import argparse
import collections
import glob
import gzip
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

EVENT_TIME = "timestamp_millis(ts)"
DEFINITION = """CREATE OR REFRESH STREAMING TABLE listen_events (
  ts BIGINT NOT NULL, userId BIGINT, sessionId BIGINT, itemInSession INT, level STRING,
  artist STRING, song STRING, duration DOUBLE, city STRING, state STRING,
  CONSTRAINT has_user      EXPECT (userId IS NOT NULL)        ON VIOLATION DROP ROW,
  CONSTRAINT known_level   EXPECT (level IN ('free', 'paid')) ON VIOLATION DROP ROW,
  CONSTRAINT sane_duration EXPECT (duration > 0)              ON VIOLATION DROP ROW
) AS SELECT * FROM STREAM(raw.listen_events);
"""
PER_WINDOW = ("SELECT window.start AS start, level, count(*) AS plays, sum(duration) AS seconds, "
              "count(DISTINCT userId) AS users GROUP BY window(" + EVENT_TIME + ", '{}'), level")
PER_CITY = "SELECT city, level, count(*) AS plays, avg(duration) AS mean, max(ts) AS last GROUP BY city, level"
KEY = "userId,sessionId,itemInSession,ts"
# What a process of a killed run may end with: well, retry, killed, its reader has gone.
USUAL = (0, 75, -signal.SIGKILL, -signal.SIGPIPE)
PATIENCE = 300
# These have --threads.
READ_AHEAD = {"medal-validate", "medal-dedupe", "medal-transform", "medal-aggregate"}
SINKS = ("bronze", "gold", "quarantine", "duplicates", "late", "late_gold")


class Trouble(Exception):
    pass


class Case:
    """One pipeline: what it reads and the commands of its hops."""

    def __init__(self, seed, number):
        self.number = number
        self.rng = rng = random.Random(f"{seed}/{number}")
        self.kind = rng.choice(["bronze", "bronze", "one hop", "complete", "transform", "stdin", "tail"])
        # Logs grow from step to step; the pipeline runs (and is killed) in each.
        self.steps = rng.randint(2, 4) if self.kind == "tail" else 1
        self.files = rng.randint(3, 16)
        self.rows = rng.choice([300, 1000, 3000, 8000])
        # The fewer users, the longer the time that the rows cover. A row is dropped as late if it is late by more than
        # an epoch; the other values make rows that a watermark must let pass.
        users, epochs = rng.choice([(50, "5h"), (2000, "20m"), (20000, "2m")])
        self.simulate = ["medal-simulate", "music", "--rows", str(self.rows), "--seed", str(rng.randint(1, 10**6)),
                         "--duplicates", "3%", "--malformed", "3%", "--late", "3%",
                         "--late-by", rng.choice(["2s", "1m", "10m", "2h", epochs, epochs, epochs]),
                         "--users", str(users)]
        self.gzip = rng.random() < 0.3 and self.kind != "tail"
        self.hops = [self.first()] + ([] if self.kind == "one hop" else [self.second()])
        # Of another chance, so that a seed's case is otherwise what it was before.
        threads = random.Random(f"{seed}/{number}/threads")
        for command in sum(self.hops, []):
            if command[0] in READ_AHEAD and threads.random() < 0.5:
                command[1:1] = ["--threads", str(threads.randint(2, 4))]

    def limit(self):
        return self.rng.choice([["--max-files", str(self.rng.randint(1, 3))],
                                ["--max-records", str(self.rows // self.rng.randint(2, 8))], []])

    def write(self, table):
        rng = self.rng
        how = rng.choice([[], [], ["--partition-by", "level"], ["--compress", "gzip"], ["--compress", "zstd"],
                          ["--max-file-bytes", "20000"]])
        return [["medal-write"] + how + [table], ["medal-checkpoint", "commit"]]

    def aggregate(self, watermark):
        length = self.rng.choice(["1 second", "10 seconds", "1 minute"])
        return ["medal-aggregate", "-q", "--schema", "listen_events.sql", "--watermark", watermark,
                "--late", "late" if self.kind == "one hop" else "late_gold", PER_WINDOW.format(length)]

    def first(self):
        ingest = ["medal-ingest", "--checkpoint", "ckpt/bronze", "--quarantine", "quarantine"]
        validate = ["medal-validate", "listen_events.sql"]
        if self.kind == "stdin":
            return [ingest + ["--max-records", str(self.rows // self.rng.randint(1, 4)), "--format", "json", "-"],
                    validate] + self.write("bronze")
        ingest += self.limit() + ["raw"]
        if self.kind == "tail":
            return [ingest + ["--tail"], validate] + self.write("bronze")
        delay = self.rng.choice(["0 seconds", "5 seconds", "1 minute"])
        dedupe = ["medal-dedupe", "-k", KEY, "--duplicates", "duplicates"]
        if self.kind == "complete":
            return [ingest, validate, dedupe + ["--forever"]] + self.write("bronze")
        watermark = f"{EVENT_TIME} {delay}"
        dedupe += ["--watermark", watermark, "--late", "late"]
        if self.kind == "transform":
            return [ingest, validate, ["medal-transform", "SELECT *, upper(city) AS place WHERE itemInSession < 9"],
                    dedupe] + self.write("bronze")
        if self.kind == "one hop":
            return [ingest + ["--final"], validate, dedupe, self.aggregate(watermark)] + self.write("gold")
        return [ingest, validate, dedupe] + self.write("bronze")

    def second(self):
        ingest = ["medal-ingest", "--checkpoint", "ckpt/gold"] + self.limit()
        if self.kind == "tail":
            return [ingest + ["bronze"], self.aggregate(EVENT_TIME + " 30 seconds")] + self.write("gold")
        if self.kind == "complete":
            return [ingest + ["bronze"],
                    ["medal-aggregate", "-q", "--schema", "listen_events.sql", "--output-mode", "complete", PER_CITY],
                    ["medal-write", "--mode", "overwrite", "gold"], ["medal-checkpoint", "commit"]]
        return [ingest + ["--final", "bronze"],
                self.aggregate(EVENT_TIME + " " + self.rng.choice(["0 seconds", "30 seconds"]))] + self.write("gold")

    def prepare(self, folder):
        """Input and definition."""
        os.makedirs(os.path.join(folder, "raw"))
        with open(os.path.join(folder, "listen_events.sql"), "w", encoding="ascii") as f:
            f.write(DEFINITION)
        truth = os.path.join(folder, "truth.json")
        data = subprocess.run(self.simulate + ["--truth", truth], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                              check=True).stdout
        self.grow(folder, 0, data)
        with open(os.path.join(folder, "stdin.ndjson"), "wb") as f:
            f.write(data)
        with open(truth, encoding="utf-8") as f:
            self.truth = json.load(f)["types"]["listen_events"]


    def grow(self, folder, step, data=None):
        """Step STEP of the input comes: the whole files, or the next part of each log, cut within a line."""
        if data is None:
            with open(os.path.join(folder, "stdin.ndjson"), "rb") as f:
                data = f.read()
        lines = data.splitlines(keepends=True)
        each = -(-len(lines) // self.files)
        for i in range(0, len(lines), each):
            part = b"".join(lines[i:i + each])
            path = os.path.join(folder, "raw", f"{i // each:03}.ndjson" + (".gz" if self.gzip else ""))
            part = part[len(part) * step // self.steps:len(part) * (step + 1) // self.steps]
            with (gzip.open if self.gzip else open)(path, "ab") as f:
                f.write(part)
            # The order within an epoch is that of these times.
            os.utime(path, (1700000000 + i + step * 100000, 1700000000 + i + step * 100000))


class Hop:
    """The running processes of one pipeline."""

    def __init__(self, case, commands, folder, log):
        self.names = [c[0] for c in commands]
        self.procs = []
        stdin = open(os.path.join(folder, "stdin.ndjson"), "rb") if "-" in commands[0] else subprocess.DEVNULL
        before = stdin
        for i, command in enumerate(commands):
            last = i == len(commands) - 1
            proc = subprocess.Popen(command, cwd=folder, stdin=before, stderr=log,
                                    stdout=subprocess.DEVNULL if last else subprocess.PIPE)
            if before is not subprocess.DEVNULL:
                before.close()
            before = proc.stdout
            self.procs.append(proc)

    def alive(self):
        return [p for p in self.procs if p.poll() is None]

    def wait(self, until):
        """Whether all have ended by then."""
        for p in self.procs:
            try:
                p.wait(max(0, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                return False
        return True

    def statuses(self):
        return [p.returncode for p in self.procs]

    def end(self):
        for p in self.alive():
            p.kill()
            p.wait()


class Driver:
    def __init__(self, case, folder, verbose):
        self.case = case
        self.folder = folder
        self.verbose = verbose
        self.kills = collections.Counter()
        self.drain = []  # hops of killed runs that were not waited for
        self.log = None
        self.runs = 0

    def say(self, text):
        if self.verbose:
            print(f"    {text}", flush=True)

    def attempt(self, kill_after, at_once):
        """One start of the command. True if it ended well."""
        self.runs += 1
        path = os.path.join(self.folder, f"log.{self.runs}")
        started = time.monotonic()
        with open(path, "wb") as log:
            for commands in self.case.hops:
                # What comes on standard input after an input that was taken whole is another one.
                if "-" in commands[0] and self.spool_is_closed():
                    continue
                hop = Hop(self.case, commands, self.folder, log)
                self.drain.append(hop)
                if kill_after is not None and not hop.wait(started + kill_after):
                    if self.strike(hop, kill_after) and at_once:
                        self.say("started again at once")
                        return False
                if not hop.wait(time.monotonic() + PATIENCE):
                    names = [hop.names[hop.procs.index(p)] for p in hop.alive()]
                    raise Trouble(f"run {self.runs} hangs: {', '.join(names)} still there after {PATIENCE} s")
                self.drain.remove(hop)
                if any(hop.statuses()):
                    self.check(hop.statuses(), path)
                    return False
        return True

    def strike(self, hop, after):
        """Kill one process, or now and then all of them. True if one was hit."""
        victims = [self.case.rng.choice(hop.procs)]
        if self.case.rng.random() < 0.15:
            victims = hop.procs
        elif victims[0].poll() is not None:
            victims = hop.alive()[:1]
        hit = 0
        for victim in victims:
            if victim.poll() is None:
                hit += 1
                victim.kill()
                if len(victims) == 1:
                    victim.wait()
                    self.kills[hop.names[hop.procs.index(victim)]] += 1
                    self.say(f"run {self.runs}: {hop.names[hop.procs.index(victim)]} killed after {after * 1000:.0f} ms")
        if hit and len(victims) > 1:
            self.kills["all"] += 1
            self.say(f"run {self.runs}: all killed after {after * 1000:.0f} ms")
        return hit > 0

    def check(self, statuses, path):
        with open(path, encoding="utf-8", errors="replace") as f:
            said = f.read()
        # 2 is right only for those who stand behind a program that was killed before it began: the tail, and a sink
        # whose table has an owner.
        unbegun = "nothing upstream began" in said or "but no begin line came" in said
        bad = [s for s in statuses if s not in USUAL and not (s == 2 and unbegun)]
        if bad:
            raise Trouble(f"run {self.runs} ended with {statuses}:\n{said}")

    def spool_is_closed(self):
        """Whether standard input was taken to its end, though its run did not end well (the tail was killed last)."""
        try:
            with open(os.path.join(self.folder, "ckpt", "bronze", "medal", "spool", "state"), encoding="utf-8") as f:
                return '"closed":true' in f.read()
        except FileNotFoundError:
            return False

    def undisturbed(self):
        started = time.monotonic()
        for step in range(self.case.steps):
            if step:
                self.case.grow(self.folder, step)
            if not self.attempt(None, False):
                raise Trouble("the undisturbed run failed:\n" + self.logs())
        return (time.monotonic() - started) / self.case.steps

    def killed(self, duration):
        for step in range(self.case.steps):
            if step:
                self.case.grow(self.folder, step)
            self.killed_step(duration)

    def killed_step(self, duration):
        rng = self.case.rng
        if rng.random() < 0.25:
            plan = [rng.uniform(0, 0.05) for _ in range(rng.randint(2, 10))]
            plan.insert(0, rng.uniform(0, duration))
        else:
            plan = [rng.uniform(0, duration * rng.choice([0.3, 1])) for _ in range(rng.randint(1, 6))]
        for after in plan:
            if self.attempt(after, self.case.kind != "stdin" and rng.random() < 0.5):
                break
        else:
            # Now it is let run. While a killed run drains, or its source lives, it may be refused.
            end = time.monotonic() + PATIENCE
            while not self.attempt(None, False):
                if time.monotonic() > end:
                    raise Trouble(f"does not end well, {self.runs} runs:\n" + self.logs())
                time.sleep(0.02)
        for hop in self.drain:
            if not hop.wait(time.monotonic() + PATIENCE):
                raise Trouble("a killed run has left processes: " + ", ".join(hop.names))

    def logs(self):
        text = ""
        for n in range(max(1, self.runs - 2), self.runs + 1):
            with open(os.path.join(self.folder, f"log.{n}"), encoding="utf-8", errors="replace") as f:
                text += f"-- run {n}\n" + f.read()
        return text

    def end(self):
        for hop in self.drain:
            hop.end()


# ---- what is left behind, read without medal ----

def entries(table):
    """Paths of the live files by the table's log: the newest compact entry and those after it."""
    log = os.path.join(table, "_spark_metadata")
    numbers = {}
    for name in os.listdir(log) if os.path.isdir(log) else []:
        if not name.startswith("."):
            numbers[int(name.split(".")[0])] = name
    if sorted(numbers) != list(range(min(numbers, default=0), max(numbers, default=-1) + 1)):
        raise Trouble(f"{table}: the log has a gap: {sorted(numbers)}")
    compact = max((n for n, name in numbers.items() if name.endswith(".compact")), default=-1)
    files = []
    for n in sorted(n for n in numbers if n >= compact):
        with open(os.path.join(log, numbers[n]), encoding="utf-8") as f:
            version, *lines = f.read().splitlines()
        if version != "v1":
            raise Trouble(f"{table}: log entry {numbers[n]} begins with {version}")
        files += [json.loads(line) for line in lines]
    return files


def content(path):
    with open(path, "rb") as f:
        data = f.read()
    if path.endswith(".gz"):
        return gzip.decompress(data)
    if path.endswith(".zst"):
        return subprocess.run(["zstd", "-dcq"], input=data, stdout=subprocess.PIPE, check=True).stdout
    return data


def table_rows(table):
    """Sorted rows of a table; what the log lists must be there, whole, and nothing else that is visible."""
    rows, listed = [], set()
    for e in entries(table):
        path = os.path.join(table, e["path"].split("/" + os.path.basename(table) + "/", 1)[1])
        if path in listed or os.path.getsize(path) != e["size"]:
            raise Trouble(f"{path}: listed twice, or its size is not {e['size']}")
        listed.add(path)
        rows += content(path).splitlines(keepends=True)
    visible = {p for p in glob.glob(os.path.join(table, "**", "part-*"), recursive=True)
               if "/_" not in p[len(table):] and os.path.isfile(p)}
    with open(os.path.join(table, "_medal_owner"), encoding="utf-8") as f:
        # A table that each epoch replaces keeps the files of the epoch before for its readers.
        replaced = json.load(f)["complete"]
    if visible - listed and not replaced:
        raise Trouble(f"{table}: visible, but in no log entry: {sorted(visible - listed)}")
    return sorted(rows)


def books(checkpoint):
    out = subprocess.run(["medal-checkpoint", "show", "--json", "--last", "0", checkpoint], stdout=subprocess.PIPE,
                         check=True).stdout
    epochs = []
    for line in out.splitlines():
        e = json.loads(line)
        epochs.append((e["epoch"], e["watermark_ms"], e["final"], e["committed"],
                       [(s["name"], s["in"], s["in_sum"], s["out"], s["out_sum"], s["buckets"]) for s in e["stages"]]))
    return epochs


def snapshot(folder):
    seen = {}
    for owner in sorted(glob.glob(os.path.join(folder, "*", "_medal_owner"))):
        table = os.path.dirname(owner)
        seen["table " + os.path.basename(table)] = table_rows(table)
    for checkpoint in sorted(glob.glob(os.path.join(folder, "ckpt", "*"))):
        seen["books of " + os.path.relpath(checkpoint, folder)] = books(checkpoint)
        verify = subprocess.run(["medal-checkpoint", "verify", "--tables", checkpoint], stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, check=False)
        if verify.returncode != 0:
            raise Trouble("verify: " + verify.stdout.decode())
    return seen


def accounted(case, seen):
    """Every row that the simulator wrote is somewhere."""
    first = "books of ckpt/bronze"
    rows_in = sum(int(e[4][0][1]) for e in seen[first])
    if rows_in != case.truth["rows"]:
        raise Trouble(f"{case.truth['rows']} rows in raw, {rows_in} in the ledger")
    if case.kind in ("bronze", "complete"):
        out = sum(len(seen.get("table " + t, [])) for t in ("bronze", "quarantine", "duplicates", "late"))
        if out != case.truth["rows"]:
            raise Trouble(f"{case.truth['rows']} rows in raw, {out} in bronze and beside it")
        bad = len(seen["table quarantine"])
        if bad != case.truth["malformed"]:
            raise Trouble(f"{case.truth['malformed']} rows are malformed, {bad} are in the quarantine")


def compare(want, got):
    for name in sorted(set(want) | set(got)):
        a, b = want.get(name), got.get(name)
        if a == b:
            continue
        text = f"{name} differs: {len(a or [])} in the undisturbed run, {len(b or [])} in the killed one\n"
        first, second = [r for r in a or [] if r not in (b or [])], [r for r in b or [] if r not in (a or [])]
        for label, rows in (("only undisturbed", first), ("only killed", second)):
            text += "".join(f"  {label}: {str(r)[:300]}\n" for r in rows[:3])
        raise Trouble(text)


def run_case(case, top, verbose):
    # Both runs have the same path, for quarantined rows name their file.
    folder = os.path.join(top, f"case-{case.number}")
    case.prepare(folder)
    pristine = folder + ".input"
    shutil.copytree(folder, pristine, copy_function=shutil.copy2)
    driver = Driver(case, folder, verbose)
    try:
        duration = driver.undisturbed()
        want = snapshot(folder)
        accounted(case, want)
        os.rename(folder, folder + ".undisturbed")
        os.rename(pristine, folder)
        driver.runs = 0
        driver.killed(duration)
        compare(want, snapshot(folder))
    finally:
        driver.end()
    return driver, want


def main():
    p = argparse.ArgumentParser(usage="kill_pipelines.py [--kills N] [--seed S] [--only K] [--keep] [-v]")
    p.add_argument("--kills", type=int, default=200, metavar="N")
    p.add_argument("--seed", type=int, default=int(time.time()), metavar="S", help="default: the clock's")
    p.add_argument("--only", type=int, metavar="K", help="only case K of the seed")
    p.add_argument("--keep", action="store_true", help="keep the folder of a failed case")
    p.add_argument("-v", "--verbose", action="store_true", help="each kill")
    args = p.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    top = tempfile.mkdtemp(prefix="medal-kill-")
    print(f"seed {args.seed}", file=sys.stderr, flush=True)
    kills, runs, failed = collections.Counter(), 0, 0
    rows, pipelines = collections.Counter(), 0
    n = args.only or 0

    def empty():
        return [t for t in SINKS if not rows[t]]

    def goes_on():
        if args.only is not None or failed >= 20:
            return False
        # Each case runs to its end, so that a few kills come on top. A test of side outputs in which nothing goes
        # there would be none: a seed whose first cases fill not all of them goes on until they do.
        return sum(kills.values()) < args.kills or (args.kills >= 200 and empty() and pipelines < 3 * args.kills)

    while not pipelines or goes_on():
        pipelines += 1
        case = Case(args.seed, n)
        if args.verbose:
            print(f"case {n}: {case.kind}, {case.rows} rows in {case.files} files", flush=True)
        try:
            driver, seen = run_case(case, top, args.verbose)
            kills.update(driver.kills)
            runs += driver.runs
            rows.update({name.removeprefix("table "): len(r) for name, r in seen.items() if name.startswith("table ")})
            shutil.rmtree(top)
            os.mkdir(top)
        except (Trouble, subprocess.CalledProcessError) as e:
            failed += 1
            where = f"case {n} ({case.kind}), replay with --seed {args.seed} --only {n} --keep -v"
            print(f"FAILED {where}\n{e}", file=sys.stderr, flush=True)
            for hop in case.hops:
                print("  " + " | ".join(" ".join(c) for c in hop), file=sys.stderr)
            if args.keep:
                print(f"kept: {top}", file=sys.stderr)
                top = tempfile.mkdtemp(prefix="medal-kill-")
        n += 1
    shutil.rmtree(top, ignore_errors=True)
    by = ", ".join(f"{n} {name.removeprefix('medal-')}" for name, n in sorted(kills.items()))
    print(f"killed {sum(kills.values())} ({by}) in {runs} runs of {pipelines} pipelines", file=sys.stderr)
    print("rows: " + ", ".join(f"{n} {name}" for name, n in sorted(rows.items())), file=sys.stderr)
    if args.only is None and args.kills >= 200 and empty():
        sys.exit(f"no row went to {', '.join(empty())}")
    print(f"{failed} of {pipelines} pipelines differ" if failed else "all pipelines equal")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
