# SPDX-License-Identifier: MIT
"""medal-checkpoint import: a new checkpoint that begins where a Spark query ended, and one table with its history."""
import json
import os
import subprocess

from spark_queries import session

spark = session()
here = os.getcwd()
made = 0


def more(n):
    global made
    for _ in range(n):
        with open(f"raw/{made:03} é%.json", "w") as f:
            f.write('{"e":%d,"p":"%s"}\n{"e":%d,"p":"x/y"}\n' % (2 * made, "ab"[made % 2], 2 * made + 1))
        os.utime(f.name, (1700000000 + made,) * 2)
        made += 1


def source():
    return spark.readStream.schema("e int, p string").option("maxFilesPerTrigger", 1).json(f"{here}/raw")


def stream(df, name):
    (df.writeStream.format("json").option("path", f"{here}/{name}.out")
     .option("checkpointLocation", f"{here}/{name}.ck").trigger(availableNow=True).start()).awaitTermination()


def run(command, status=0):
    r = subprocess.run(["bash", "-o", "pipefail", "-c", command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert r.returncode == status, (command, r.returncode, r.stdout)
    return r.stdout.replace(here, ".")


def ingest(ck, out, flags=""):
    return run(f"medal-ingest --checkpoint {ck} raw | medal-write {flags} {out} | medal-checkpoint commit")


def rows(table):
    return sorted(r["e"] for r in spark.read.schema("e int, p string").json(f"{here}/{table}").collect())


os.mkdir("raw")
more(12)
stream(source(), "plain")
stream(source().selectExpr("timestamp_seconds(e) as t").withWatermark("t", "0 seconds").groupBy("t").count(), "agg")
stream(source().union(spark.readStream.schema("e int, p string").json(f"{here}/raw")), "two")
(spark.read.schema("e int, p string").json(f"{here}/raw").write.partitionBy("p").json(f"{here}/history"))
more(2)
new = list(range(24, 28))

print(run("medal-checkpoint import --spark agg.ck agg.new"), end="")
ingest("agg.new", "agg.medal")
assert rows("agg.medal") == new

print(run("medal-checkpoint import --spark two.ck --source 1 two.new"), end="")
ingest("two.new", "two.medal")
assert rows("two.medal") == new
run("medal-checkpoint import --spark two.ck --source 2 three", 2)
run("medal-checkpoint import --spark two.ck two.new", 2)  # it has epochs

# Spark's table goes on under a checkpoint of its own; its log ends at 11
print(run("medal-checkpoint import --spark plain.ck --table plain.out plain.new"), end="")
ingest("plain.new", "plain.out")
assert rows("plain.out") == list(range(28))

# a batch job's table: no log at all
print(run("medal-checkpoint import --spark plain.ck --table history cut.new"), end="")
ingest("cut.new", "history", "--partition-by p")
assert rows("history") == list(range(28))
more(1)
ingest("cut.new", "history", "--partition-by p")
assert rows("history") == list(range(30))
print(run("medal-checkpoint verify --tables cut.new"), end="")

# in doubt
os.remove("plain.ck/commits/11")
print(run("medal-checkpoint import --spark plain.ck doubt 2>&1", 2).split(". ")[0])
print(run("medal-checkpoint import --in-doubt again --spark plain.ck again"), end="")
ingest("again", "again.medal")
assert rows("again.medal") == list(range(22, 30))
print(run("medal-checkpoint import --in-doubt done --spark plain.ck done"), end="")
ingest("done", "done.medal")
assert rows("done.medal") == list(range(24, 30))

run("""medal-checkpoint import --offsets '{"t":{"0":12,"1":7}}' kafka""")
assert json.loads(open("kafka/offsets/0").read().split("\n")[2]) == {"t": {"0": 12, "1": 7}}
