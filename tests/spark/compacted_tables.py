# SPDX-License-Identifier: MIT
"""See compacted_tables.sh."""
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
            f.writelines('{"e":%d,"p":"%s"}\n' % (2 * made + i, "a/b c%" if (made + i) % 3 else "é") for i in range(2))
        os.utime(name, (1700000000 + made, 1700000000 + made))
        made += 1


def sh(command, fails=None):
    r = subprocess.run(["bash", "-o", "pipefail", "-c", command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert (r.returncode == 0) == (fails is None), (command, r.returncode, r.stderr)
    assert fails is None or re.search(fails, r.stderr), (command, r.stderr)
    return r.stdout


KINDS = {"plain": "", "parts": "--partition-by p --compress gzip", "csv": "--format csv"}
PIPE = {k: f"medal-ingest --checkpoint ckpt/{k} --max-files 1 raw | medal-write {o} {k} | medal-checkpoint commit"
        for k, o in KINDS.items()}
PIPE["silver"] = "medal-ingest --checkpoint ckpt/silver plain | medal-write silver | medal-checkpoint commit"


def table(name):
    df = spark.read.schema("e int, p string")
    return df.option("header", True).csv(f"{here}/{name}") if name == "csv" else df.json(f"{here}/{name}")


def check(name, df=None, n=None):
    got = sorted(r["e"] for r in (df or table(name)).collect())
    assert got == list(range(2 * (made if n is None else n))), (name, len(got), made)


def compact(name, *options, merged=True):
    out = sh(f"medal-checkpoint compact --keep 0 {' '.join(options)} {name}")
    assert ("are now" in out) == merged, out
    return out


more(27)
for k in KINDS:
    sh(PIPE[k])
sh(PIPE["silver"])
for k in KINDS:
    before = table(k)
    before.schema
    compact(k)
    check(k, before)  # Spark had listed the single files: they are still there
    check(k)
    compact(k, "--older-than 0s", merged=False)
    check(k)
print("read before and after", len(os.listdir("plain/_spark_metadata")), "entries")

# the hop after it had read the single files
more(1)
sh(PIPE["plain"])


def query(report):
    code = re.search(r"^rows = .*?awaitTermination\(\)\)$", report, re.S | re.M).group(0)
    exec(code, {"spark": spark.newSession(), "SCHEMA": "e int, p string", "SELECTED": lambda df: df})


report = sh("medal-checkpoint handoff --to spark ckpt/silver")
assert "merged" in report, report
query(report)
check("silver")
sh("medal-checkpoint compact --keep 0 plain", fails="a Spark query streams from")
more(4)
sh(PIPE["plain"])
sh(PIPE["silver"])  # medal takes the hop back
check("silver")
more(10)
sh(PIPE["plain"])
sh(PIPE["silver"])
compact("plain", "--older-than 0s")
check("plain")
print("handed over and taken back")

# Spark adds to the merged table, over a compaction of its log, and medal goes on
more(12)
query(sh("medal-checkpoint handoff --to spark ckpt/plain"))
check("plain")
sh("medal-checkpoint compact --keep 0 plain", fails="committed by another engine")
more(20)
sh(PIPE["plain"])
check("plain")
sh(PIPE["silver"])
check("silver")
compact("plain", "--older-than 0s")
check("plain")
print("added to and gone on with")

# back to an epoch after the merged ones
last = max(int(n) for n in os.listdir("ckpt/plain/commits") if n.isdigit())
keep = made
more(3)
sh(PIPE["plain"])
sh(f"medal-checkpoint rollback --to {last} ckpt/plain")
check("plain", n=keep)
sh(PIPE["plain"])
check("plain")
sh("medal-checkpoint verify --tables ckpt/plain")
print("rolled back")
