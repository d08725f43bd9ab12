# SPDX-License-Identifier: MIT
"""Rows at random, file by file, through Spark's own streaming queries: what each batch gave, as JSON lines
{"batch":N,"rows":[...]} in spark.NAME. The files are in/NN.json, read one a batch."""
import json
import os
import random
import sys

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

seed = int(sys.argv[1])
here = os.getcwd()
rnd = random.Random(seed)
os.makedirs("in")
clock = 0
for n in range(9):
    clock += rnd.choice([0, 60, 300, 300, 900, 2400])
    with open(f"in/{n:02}.json", "w") as f:
        for _ in range(rnd.choice([1, 3, 8, 20])):
            t = clock - rnd.choice([0, 0, 1, 59, 60, 300, 600, 1200, 1800]) + rnd.choice([0, 0, 0.000001, 0.001, 0.5])
            us = round((t + 86400 * 19000) * 1000000)
            row = {"ts": f"{us // 1000000}.{us % 1000000:06}", "k": rnd.choice("abcd"), "v": rnd.randrange(-5, 100)}
            if rnd.random() < 0.05:
                row["ts"] = None
            if rnd.random() < 0.1:
                row["v"] = None
            if rnd.random() < 0.1:
                del row["k"]
            # seconds as text: the same expression casts them on both sides
            f.write(json.dumps(row) + "\n")
    os.utime(f"in/{n:02}.json", (1700000000 + n, 1700000000 + n))

spark = (SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false")
         .config("spark.sql.shuffle.partitions", "1").config("spark.sql.session.timeZone", "UTC").getOrCreate())
spark.sparkContext.setLogLevel("ERROR")
time = "CAST(CAST(ts AS DECIMAL(20,6)) AS TIMESTAMP)"


def run(name, build, mode):
    source = (spark.readStream.schema("ts STRING, k STRING, v BIGINT").option("maxFilesPerTrigger", 1).json(f"{here}/in")
              .withColumn("t", F.expr(time)).withWatermark("t", "10 minutes"))
    out = open(f"spark.{name}", "w")

    def take(df, batch):
        rows = [json.loads(r) for r in df.toJSON().collect()]
        out.write(json.dumps({"batch": batch, "rows": rows}) + "\n")

    q = (build(source).writeStream.outputMode(mode).foreachBatch(take)
         .option("checkpointLocation", f"{here}/spark-ck/{name}").trigger(availableNow=True).start())
    q.awaitTermination()
    out.close()


def windows(size, slide=None):
    def build(df):
        w = F.window("t", size, slide) if slide else F.window("t", size)
        return (df.groupBy(w, "k").agg(F.count("*").alias("n"), F.sum("v").alias("s"), F.min("v").alias("lo"),
                                       F.max("v").alias("hi"), F.avg("v").alias("a"))
                .select(F.unix_micros("window.start").alias("w"), "k", "n", "s", "lo", "hi", "a"))
    return build


def sessions(df):
    return (df.groupBy(F.session_window("t", "5 minutes"), "k").agg(F.count("*").alias("n"), F.sum("v").alias("s"))
            .select(F.unix_micros("session_window.start").alias("w"), F.unix_micros("session_window.end").alias("e"),
                    "k", "n", "s"))


def dedupe(df):
    return df.dropDuplicatesWithinWatermark(["k", "v"]).select("ts", "k", "v")


def both(df):
    return windows("5 minutes")(df.dropDuplicatesWithinWatermark(["k", "v"]))


run("append", windows("5 minutes"), "append")
run("update", windows("5 minutes"), "update")
run("sliding", windows("10 minutes", "4 minutes"), "append")
run("session", sessions, "append")
run("dedupe", dedupe, "append")
run("both", both, "append")
