# SPDX-License-Identifier: MIT
"""Checkpoints that Spark's file source wrote, gone on with by medal-ingest: the union of both outputs is the input."""
import glob
import json
import os
import shutil
import subprocess

from pyspark.sql import SparkSession

spark = (SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false")
         .config("spark.sql.shuffle.partitions", "1").getOrCreate())
spark.sparkContext.setLogLevel("OFF")
here = os.getcwd()
version = tuple(int(x) for x in spark.version.split(".")[:2])
OLD = 1700000000


class Case:
    def __init__(self, name, **conf):
        self.name, self.conf, self.made, self.tables = name, conf, 0, []
        os.mkdir(name)

    def more(self, n):
        for _ in range(n):
            path = f"{self.name}/raw/lev=%2F/d e%ü+#&{self.made:03}.json"
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w") as f:
                f.write('{"e":%d}\n{"e":%d}\n' % (2 * self.made, 2 * self.made + 1))
            os.utime(path, (OLD + self.made,) * 2)
            self.made += 1

    def spark(self, n, change=lambda df: df, source=None, name=None):
        self.more(n)
        for k, v in self.conf.items():
            spark.conf.set(k, v)
        reader = spark.readStream.schema("e int").option("maxFilesPerTrigger", 1).format("json")
        if name:
            reader = reader.name(name)
        df = source if source is not None else reader.load(f"{here}/{self.name}/raw").select("e")
        (change(df).writeStream.format("json").option("path", f"{here}/{self.name}/out")
         .option("checkpointLocation", f"{here}/{self.name}/ckpt").trigger(availableNow=True).start()).awaitTermination()
        for k in self.conf:
            spark.conf.unset(k)
        self.table("out")

    def medal(self, n, out="medal", flags=""):
        self.more(n)
        r = subprocess.run(["bash", "-o", "pipefail", "-c", f"medal-ingest --checkpoint ckpt --max-files 2 {flags} raw |"
                            f"medal-write {out} | medal-checkpoint commit"], cwd=self.name, stderr=subprocess.PIPE)
        if r.returncode == 0:
            self.table(out)
        return r.returncode, r.stderr.decode()

    def table(self, t):
        if t not in self.tables:
            self.tables.append(t)

    def rows(self):
        return sorted(r["e"] for t in self.tables for r in
                      spark.read.schema("e int").json(f"{here}/{self.name}/{t}").select("e").collect())

    def check(self):
        got, want = self.rows(), list(range(2 * self.made))
        assert got == want, (self.name, got, want)
        print(f"{self.name}: {self.made} files, {len(got)} rows, no gap, no overlap")


def refused(case, *words, **kw):
    status, err = case.medal(1, **kw)
    assert status == 2 and all(w in err for w in words), (case.name, status, err)
    print(f"{case.name}: refused: {', '.join(words)}")


def forget(path):
    """As if the file had never been written: with its twin."""
    d, n = os.path.split(path)
    for p in (path, f"{d}/.{n}.crc"):
        if os.path.exists(p):
            os.remove(p)


INTERVAL = "spark.sql.streaming.fileSource.log.compactInterval"

c = Case("plain")  # over a .compact of Spark's; the same table, to and fro
c.spark(12)
assert c.medal(3, out="out")[0] == 0
c.spark(1)
assert c.medal(9, out="out")[0] == 0
c.spark(9)
c.check()

c = Case("interval", **{INTERVAL: "3"})  # a .compact every third, which medal must keep to
c.spark(7)
assert c.medal(9)[0] == 0
c.conf = {}
shutil.rmtree("interval/out")  # Spark's log must not have the gap of medal's epochs: read what it writes as plain files
c.tables.remove("out")
c.spark(5)
c.tables.remove("out")
logs = sorted(int(os.path.basename(f)[:-8]) for f in glob.glob("interval/ckpt/sources/0/*.compact"))
assert all((k + 1) % 3 == 0 for k in logs) and len(logs) > 3, logs
have = sorted(c.rows() + [json.loads(line)["e"] for f in glob.glob("interval/out/part-*") for line in open(f)])
assert have == list(range(14, 42)), have
print("interval: compacted at", logs)

c = Case("doubt")  # offsets/2 without commits/2, and more has come since: exactly its range comes again, then the rest
c.spark(3)
forget("doubt/ckpt/commits/2")
forget("doubt/out/_spark_metadata/2")
c.more(2)
assert c.medal(0)[0] == 0
epochs = [[int(json.loads(x)["path"][-8:-5]) for x in open(f).read().split("\n")[1:]]
          for f in sorted(glob.glob("doubt/ckpt/sources/0/[0-9]*"))]
first = [json.loads(line)["e"] for line in open("doubt/medal/part-2-0.ndjson")]
assert first == [4, 5] and epochs == [[0], [1], [2], [3, 4]], (first, epochs)
c.check()

c = Case("published")  # Spark showed batch 2 and did not commit it: its rows would come again
c.spark(3)
forget("published/ckpt/commits/2")
refused(c, "shows epoch 2", "start it once more", out="out")
c.spark(0)
assert c.medal(1, out="out")[0] == 0
c.check()

c = Case("logged")  # sources/0/2 was written, offsets/2 not
c.spark(3)
for f in ("ckpt/commits/2", "ckpt/offsets/2", "out/_spark_metadata/2"):
    forget("logged/" + f)
assert c.medal(1)[0] == 0
c.check()

c = Case("no_data")  # the last batch has no data: offsets/N repeats the offset; and the query has state
c.spark(4, lambda df: df.selectExpr("timestamp_seconds(e) as t").withWatermark("t", "0 seconds").groupBy("t").count())
offsets = [open(f"no_data/ckpt/offsets/{n}").read().split("\n")[-1] for n in (3, 4)]
assert offsets[0] == offsets[1] == '{"logOffset":3}', offsets
refused(c, "keeps state", "--drop-state", "import --spark")
assert c.medal(0, flags="--drop-state")[0] == 0
assert c.medal(1)[0] == 0  # said once: the last epoch is medal's now
rows = sorted(json.loads(line)["e"] for f in glob.glob("no_data/medal/*.ndjson") for line in open(f))
assert rows == list(range(8, 12)), rows
print("no_data: goes on with row", rows[0])

c = Case("two_sources")
c.more(2)
two = [spark.readStream.schema("e int").json(f"{here}/two_sources/raw").select("e") for _ in range(2)]
c.spark(0, source=two[0].union(two[1]))
refused(c, "2 sources", "--source 0")

c = Case("rate")
c.more(1)
c.spark(0, source=spark.readStream.format("rate").load().selectExpr("cast(value as int) e"))
refused(c, "no file source")

c = Case("kafka")
c.spark(1)
for n in ("0",):
    text = open(f"kafka/ckpt/offsets/{n}").read().replace('{"logOffset":0}', '{"t-b":{"1":0,"0":1},"t-a":{"1":1}}')
    open(f"kafka/ckpt/offsets/{n}", "w").write(text)
refused(c, "is Kafka")

c = Case("auto_loader")
c.spark(1)
os.makedirs("auto_loader/ckpt/sources/0/rocksdb")
refused(c, "Auto Loader")

c = Case("no_metadata")
c.spark(1)
forget("no_metadata/ckpt/metadata")
refused(c, "has lost its file 'metadata'")

c = Case("v2")  # the offset log of Spark 4.2 and newer, by name of the source
if version >= (4, 2):
    V2 = {"spark.sql.streaming.offsetLog.formatVersion": "2",
          "spark.sql.streaming.queryEvolution.enableSourceEvolution": "true"}
    c.conf = V2
    c.spark(3, name="alpha")
    assert open("v2/ckpt/offsets/2").read().startswith("v2\n")
    assert c.medal(2, out="out")[0] == 0
    c.spark(0, name="alpha")
    c.check()
else:  # as 4.3 writes it, made by hand
    c.spark(3)
    for n in range(3):
        p = f"v2/ckpt/offsets/{n}"
        v, meta, offset = open(p).read().split("\n")
        open(p, "w").write(f'v2\n{meta[:-1]},"sourceMetadataInfo":{{}}}}\nalpha:{offset}')
    os.rename("v2/ckpt/sources/0", "v2/ckpt/sources/alpha")
    assert c.medal(2, out="out")[0] == 0
    assert open("v2/ckpt/offsets/3").read().split("\n")[::2] == ["v2", 'alpha:{"logOffset":3}']
    c.check()
