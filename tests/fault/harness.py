# SPDX-License-Identifier: MIT
"""What the drivers of this folder share: small pipelines of six epochs, and their tables read without medal.

A pipeline is bash text that is run in a folder of its own, always at the same path, for quarantined rows and logs name
it. Every run of a pipeline that is let be gives the same files with the same rows, so a table is compared file by file.
"""
import json
import os
import shutil
import signal
import subprocess
import tempfile

KILLED, READER_GONE = 128 + signal.SIGKILL, 128 + signal.SIGPIPE
# Seconds after which a run hangs: a disk may take 50 ms for a sync, and a run of 26 epochs has 1500 of them.
PATIENCE = 300

DEFINITION = """CREATE TABLE events (id BIGINT NOT NULL, ts BIGINT, level STRING, n INT,
  CONSTRAINT known EXPECT (level IN ('free', 'paid')) ON VIOLATION DROP ROW) AS SELECT * FROM STREAM(raw);
"""
# No time but PATIENCE ends a run that has lost somebody.
SOURCE = "medal-ingest --checkpoint ck --commit-timeout 1h --max-files 1 --quarantine tables/bad in"
DEDUPE = ("medal-dedupe -k id --watermark 'timestamp_millis(ts) 2 minutes' --duplicates tables/twice "
          "--late tables/late")
COMMIT = "medal-checkpoint commit"
# Rows of one table, grouped by minute and by what they are.
GROUPS = ("medal-aggregate -q --schema events.sql --watermark 'timestamp_millis(ts) 2 minutes' "
          "--late tables/late_groups 'SELECT window.start AS minute, level, count(*) AS events, sum(n) AS n "
          "GROUP BY window(timestamp_millis(ts), \"30 seconds\"), level'")


class Pipeline:
    """Stages in order, or bash text that joins them otherwise; the checkpoints and tables that it makes."""

    def __init__(self, name, stages, tables, checkpoints=("ck",)):
        self.name = name
        self.text = (stages if isinstance(stages, str) else " |\n".join(stages)) + '\necho "${PIPESTATUS[*]}" >status\n'
        self.tables = ["tables/" + t for t in tables]
        self.checkpoints = checkpoints


ROWS = Pipeline("rows", [SOURCE, "medal-validate events.sql", DEDUPE, "medal-write --partition-by level tables/out",
                         COMMIT], ["bad", "twice", "late", "out"])
GROUPED = Pipeline("groups", [SOURCE + " --final", "medal-validate events.sql", DEDUPE, GROUPS,
                              "medal-write tables/gold", COMMIT], ["bad", "twice", "late", "gold"])
BRANCHES = Pipeline("branches", SOURCE.replace("medal-ingest", "medal-ingest --branches a,b") + """ |
tee -i >(medal-validate --branch a events.sql | medal-write tables/out | medal-checkpoint commit) |
medal-dedupe --branch b -k id --forever --duplicates tables/twice | medal-write tables/once | medal-checkpoint commit""",
                    ["bad", "out", "twice", "once"])
PIPELINES = {p.name: p for p in (ROWS, GROUPED, BRANCHES)}


def fill(folder, epochs=5):
    """A file for each epoch, with duplicates, late rows, broken lines and rows that the definition drops."""
    os.mkdir(f"{folder}/in")
    with open(f"{folder}/events.sql", "w", encoding="ascii") as f:
        f.write(DEFINITION)
    for i in range(epochs):
        path = f"{folder}/in/{i:04}.ndjson"
        with open(path, "w", encoding="ascii") as f:
            for k in range(40):
                ts = 1700000000000 + i * 60000 + k * 1000
                if i > 1 and k % 10 == 9:
                    ts -= 3600000
                level = {5: "none", 6: None}.get(k, "free" if k % 3 else "paid")
                f.write(json.dumps({"id": i * 30 + k, "ts": ts, "level": level, "n": k}) + "\n")
            f.write(f"no record {i}\n")
        os.utime(path, (1700000000 + i, 1700000000 + i))


class Folder:
    """A scratch folder for many runs, each in the same path. PATH is where a run goes; RESET makes it new."""

    def __init__(self, epochs=5):
        self.top = tempfile.mkdtemp(prefix="medal-fault-")
        self.path = os.path.join(self.top, "run")
        self.epochs = epochs
        os.mkdir(self.path)
        fill(self.path, epochs)

    def reset(self):
        """Everything but the input is gone."""
        for name in os.listdir(self.path):
            path = os.path.join(self.path, name)
            if name not in ("in", "events.sql"):
                (shutil.rmtree if os.path.isdir(path) else os.unlink)(path)

    def keep(self):
        """What a failure leaves is kept under another name."""
        kept = tempfile.mkdtemp(prefix="medal-kept-")
        shutil.copytree(self.path, os.path.join(kept, "run"), copy_function=shutil.copy2, ignore=lambda d, names: [
            n for n in names if not (os.path.isfile(f"{d}/{n}") or os.path.isdir(f"{d}/{n}"))])
        return kept

    def remove(self):
        shutil.rmtree(self.top, ignore_errors=True)


def run(pipeline, folder, text=None, patience=PATIENCE, **env):
    """The pipeline, or TEXT in its place: (statuses, what it said); statuses are None if it hangs."""
    try:
        r = subprocess.run(["bash", "-c", text or pipeline.text], cwd=folder, env=dict(os.environ, **env),
                           timeout=patience, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT, check=False)
    except subprocess.TimeoutExpired:
        return None, f"it hangs: nothing for {patience} s"
    with open(f"{folder}/status", encoding="ascii") as f:
        return [int(s) for s in f.read().split()], r.stdout.decode("utf-8", "backslashreplace")


def listed(table):
    """The files that a table's log lists, relative to the table, in order."""
    log = f"{table}/_spark_metadata"
    names = [n for n in (os.listdir(log) if os.path.isdir(log) else []) if not n.startswith(".")]
    start = max([int(n[:-8]) for n in names if n.endswith(".compact")], default=-1)
    newest = max([start] + [int(n) for n in names if n.isdigit()])
    files = []
    here = f"file://{os.path.abspath(table)}/"
    for n in range(max(start, 0), newest + 1):
        with open(f"{log}/{n}.compact" if n == start else f"{log}/{n}", encoding="utf-8") as f:
            lines = f.read().split("\n")
        if lines[0] != "v1":
            raise ValueError(f"{log}/{n} does not begin with v1")
        for path in [json.loads(x).get("path", "nothing") for x in lines[1:] if x]:
            if not path.startswith(here):
                raise ValueError(f"{log}/{n} lists {path}, which is not in the table")
            files.append(path[len(here):])
    return files


def visible(table):
    """The data files that stand in a table, listed or not."""
    found = []
    for d, folders, names in os.walk(table):
        folders[:] = [f for f in folders if f[0] not in "_."]
        found += [os.path.relpath(os.path.join(d, n), table) for n in names if n.startswith("part-")]
    return found


def rows_of(path):
    with open(path, "rb") as f:
        return sorted(f.read().splitlines())


def tables(pipeline, folder):
    """{table: {file: rows}} as the logs have it, and {table + " unlisted": files that stand there in no log}."""
    found = {}
    for t in pipeline.tables:
        path = os.path.join(folder, t)
        files = listed(path)
        if len(set(files)) != len(files):
            raise ValueError(f"{t} lists a file twice")
        found[t] = {n: rows_of(f"{path}/{n}") for n in files}
        found[t + " unlisted"] = sorted(set(visible(path)) - set(files))
    return found


def differences(good, now):
    """The names of the tables that differ, as text, or None."""
    return ", ".join(k for k in good if now.get(k) != good[k]) or None


def wrong_rows(pipeline, good, now):
    """A file that is visible and has other rows than it should, or None: what a reader may see at any time."""
    for t in pipeline.tables:
        for name, rows in now[t].items():
            if good[t].get(name) != rows:
                return f"{t}/{name} is visible and wrong"
    return None


def verify(pipeline, folder):
    """What medal-checkpoint verify has against it, or None."""
    for ck in pipeline.checkpoints:
        r = subprocess.run(["medal-checkpoint", "verify", "--tables", ck], cwd=folder, stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT, check=False)
        if r.returncode:
            return f"verify {ck}: " + r.stdout.decode("utf-8", "backslashreplace")
    return None


def undisturbed(pipeline, folder, **env):
    """The tables of a run that is let be."""
    statuses, said = run(pipeline, folder, **env)
    if statuses is None or any(statuses):
        raise SystemExit(f"the undisturbed run: {statuses} {said}")
    return tables(pipeline, folder)


def count(good, table):
    return sum(len(r) for r in good["tables/" + table].values())


def check_counts(pipeline, good, epochs):
    """Counted by hand from fill(), so that an undisturbed run that is wrong does not pass for the truth.

    Each file has 40 records and a broken line; 2 records have an unknown level; the first 10 ids stand in the file
    before, too, less the 2; from the third file on 4 of 40 are late, of which one is a duplicate (and late goes first).
    """
    want = {"bad": 3 * epochs, "twice": 8 + 7 * (epochs - 2), "late": 4 * (epochs - 2),
            "out": 38 * epochs - 8 - 11 * (epochs - 2)}
    if pipeline is BRANCHES:
        want = {"bad": 3 * epochs, "out": 38 * epochs, "twice": 10 * (epochs - 1), "once": 40 * epochs - 10 * (epochs - 1)}
    for t, n in want.items():
        if "tables/" + t in pipeline.tables and count(good, t) != n:
            raise SystemExit(f"{count(good, t)} rows in {t} of an undisturbed run, and not {n}")
    if pipeline is GROUPED:
        events = sum(json.loads(r)["events"] for rows in good["tables/gold"].values() for r in rows)
        if events != want["out"]:
            raise SystemExit(f"{events} rows are in the groups of an undisturbed run, and not {want['out']}")


def judge_disturbed(pipeline, folder, good, statuses, said):
    """What is wrong after a run that was disturbed, or None: it must be right, or say why not and show nothing wrong."""
    if statuses is None:
        return said
    try:
        now = tables(pipeline, folder)
    except (OSError, ValueError) as e:
        return f"a table cannot be read: {e}"
    if not any(statuses):
        return None if now == good else "status 0, and the tables are wrong: " + str(differences(good, now))
    odd = [s for s in statuses if s not in (0, 2, 75, KILLED, READER_GONE)]
    if odd:
        return f"statuses {statuses}: {said}"
    # Who is killed says nothing, and where that is the tail, the others are ended by their broken pipes.
    if KILLED not in statuses and not (any(s in (2, 75) for s in statuses) and "error: " in said):
        return f"statuses {statuses} without words: {said!r}"
    return wrong_rows(pipeline, good, now)


def goes_on(pipeline, folder, good):
    """What is wrong with a run of the same command after a disturbed one, or None."""
    statuses, said = run(pipeline, folder)
    if statuses is None or any(statuses):
        return f"the next run fails: {statuses} {said}"
    other = differences(good, tables(pipeline, folder))
    if other:
        return f"the next run gives other tables: {other}"
    return verify(pipeline, folder)
