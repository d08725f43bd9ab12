# SPDX-License-Identifier: MIT
"""See handoff_renumbered.sh."""
import json
import os
import re
import subprocess

from spark_queries import session

spark = session()
here = os.getcwd()
os.mkdir("raw")
made = 0


def more(n):
    global made
    for _ in range(n):
        name = f"raw/{made:03}.ndjson"
        with open(name, "w") as f:
            f.write('{"e":%d}\n' % made)
        os.utime(name, (1700000000 + made, 1700000000 + made))
        made += 1


def sh(command, fails=None):
    r = subprocess.run(["bash", "-o", "pipefail", "-c", command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert (r.returncode == 0) == (fails is None), (command, r.returncode, r.stderr)
    assert fails is None or re.search(fails, r.stderr), (command, r.stderr)
    return r.stdout


def code_of(report, table):
    code = re.search(r"^rows = .*?awaitTermination\(\)\)$", report, re.S | re.M).group(0)
    return code.replace('"path", "TABLE"', f'"path", "{here}/{table}"')


def query(code):
    exec(code, {"spark": spark.newSession(), "SCHEMA": "e int", "SELECTED": lambda df: df})


def rows(table):
    return sorted(r["e"] for r in spark.read.schema("e int").json(f"{here}/{table}").collect())


PIPE = "medal-ingest --checkpoint %s --max-files 1 raw | medal-write %s | medal-checkpoint commit"
more(23)
sh(PIPE % ("old", "one"))
report = sh("medal-checkpoint handoff --to spark --renumber new old")
assert "batch 1 comes next" in report and "printf v1" in report, report
ids = [json.load(open(f"{d}/metadata"))["id"] for d in ("old", "new")]
assert ids[0] != ids[1], ids
sh("medal-checkpoint handoff --to spark --renumber new old", fails="is a checkpoint already")
sh("medal-checkpoint handoff --to spark --renumber old old", fails="is a checkpoint already")
more(3)
advice = re.search(r"mkdir -p TABLE.*", report).group(0).replace("TABLE", "two")
sh(f"cp -r new without; {advice}")
query(code_of(report, "two"))
assert rows("two") == [23, 24, 25] and rows("one") == list(range(23))
assert sorted(n for n in os.listdir("new/commits") if n.isdigit()) == ["0", "1"]
assert json.load(open("new/metadata"))["id"] == ids[1]
print("another sink, batch 1, id kept")

# without the empty entry the warning is true
query(code_of(report, "three").replace(f'"{here}/new"', f'"{here}/without"'))
try:
    print("read without entry 0", rows("three"))
except Exception as e:
    print("cannot be read without entry 0")

# medal goes on there, and Spark again, over a compaction of both logs
more(12)
sh(PIPE % ("new", "two"))
assert rows("two") == list(range(23, made))
more(2)
query(code_of(sh("medal-checkpoint handoff --to spark new"), "two"))
assert rows("two") == list(range(23, made)), rows("two")
print("to and fro")
