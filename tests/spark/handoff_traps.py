# SPDX-License-Identifier: MIT
"""What 'medal-checkpoint handoff' warns of, tried: each warning is true, and what it advises works."""
import glob
import json
import os
import re
import shutil
import subprocess

from spark_queries import session

spark = session()
here = os.getcwd()
NOW = 1700000000


def run(command):
    r = subprocess.run(["bash", "-o", "pipefail", "-c", command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert r.returncode == 0, (command, r.returncode, r.stdout)
    return r.stdout


def put(name, e, mtime=NOW):
    os.makedirs(os.path.dirname(name), exist_ok=True)
    with open(name, "w") as f:
        f.write('{"e":%d}\n' % e)
    os.utime(name, (mtime, mtime))


def medal(ck, source, out):
    run(f"medal-ingest --checkpoint {ck} --max-files 1 {source} | medal-write {out} | medal-checkpoint commit")


def code_of(ck):
    report = run(f"medal-checkpoint handoff --to spark {ck}")
    return re.search(r"^rows = .*?awaitTermination\(\)\)$", report, re.S | re.M).group(0)


def query(ck, change=lambda df: df, edit=lambda code: code):
    exec(edit(code_of(ck)), {"spark": spark.newSession(), "SCHEMA": "e int", "SELECTED": change})


def rows(table):
    return sorted(r["e"] for r in spark.read.schema("e int").json(f"{here}/{table}").collect())


# maxFileAge: a new file that is older than a week before the newest one
put("age/raw/a", 1)
medal("age/ck", "age/raw", "age/out")
put("age/raw/old", 2, NOW - 30 * 86400)
shutil.copytree("age", "age_without")
query("age/ck")
assert rows("age/out") == [1, 2]
shutil.move("age", "age_with")
shutil.move("age_without", "age")
query("age/ck", edit=lambda code: code.replace('        .option("maxFileAge", "36500d")\n', ""))
assert rows("age/out") == [1]
print("maxFileAge: true")

# compactInterval below 10 before the first .compact
for i in range(7):
    put(f"compact/raw/{i}", i)
medal("compact/ck", "compact/raw", "compact/out")
put("compact/raw/new", 7)
code = code_of("compact/ck")
shutil.copytree("compact", "compact_5")
query("compact/ck")
assert rows("compact/out") == list(range(8))
spark.conf.set("spark.sql.streaming.fileSource.log.compactInterval", "5")
try:
    exec(code.replace("/compact/", "/compact_5/"), {"spark": spark, "SCHEMA": "e int", "SELECTED": lambda df: df})
    failed = False
except Exception as e:
    failed = "4.compact" in str(e)
assert failed
spark.conf.unset("spark.sql.streaming.fileSource.log.compactInterval")
print("compactInterval: true")

# a query with state
put("state/raw/a", 1)
medal("state/ck", "state/raw", "state/out")
put("state/raw/b", 2)
try:
    query("state/ck", lambda df: df.selectExpr("timestamp_seconds(e) as t").withWatermark("t", "0 seconds").groupBy("t").count())
    failed = False
except Exception as e:
    failed = True
assert failed and rows("state/out") == [1]
print("state: true")

# the source is a table of medal's whose files were merged after they had been read
for i in range(3):
    put(f"merge/raw/{i}", i)
medal("merge/bronze_ck", "merge/raw", "merge/bronze")
run("medal-ingest --checkpoint merge/ck merge/bronze | medal-write merge/out | medal-checkpoint commit")
for i in range(3, 12):
    put(f"merge/raw/{i}", i)
medal("merge/bronze_ck", "merge/raw", "merge/bronze")
log = "merge/bronze/_spark_metadata/9.compact"
entries = [json.loads(x) for x in open(log).read().split("\n")[1:]]
with open("merge/bronze/part-2-m0.ndjson", "w") as f:
    f.writelines('{"e":%d}\n' % i for i in range(3))
one = dict(entries[0], path=re.sub("part-.*", "part-2-m0.ndjson", entries[0]["path"]), size=24)
open(log, "w").write("\n".join(["v1"] + [json.dumps(x) for x in [one] + entries[3:]]))
shutil.copytree("merge", "merge_without")
query("merge/ck")
assert rows("merge/out") == list(range(12)), rows("merge/out")
shutil.move("merge", "merge_with")
shutil.move("merge_without", "merge")
report = run("medal-checkpoint handoff --to spark merge/ck")
assert "1 merged files of source tables are entered as read" in report
for f in glob.glob("merge/ck/sources/0/*"):
    text = open(f).read()
    open(f, "w").write("\n".join(x for x in text.split("\n") if "part-2-m0" not in x))
exec(re.search(r"^rows = .*?awaitTermination\(\)\)$", report, re.S | re.M).group(0),
     {"spark": spark, "SCHEMA": "e int", "SELECTED": lambda df: df})
assert rows("merge/out") == sorted(list(range(12)) + [0, 1, 2])
print("merged files: true")
