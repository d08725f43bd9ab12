# SPDX-License-Identifier: MIT
"""Read the tables of tables.sh with Spark, cut the log after each number of epochs, and let Spark's file sink write one."""
import json
import os
import shutil

from pyspark.sql import SparkSession

spark = (SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false")
         .config("spark.sql.shuffle.partitions", "1").getOrCreate())
spark.sparkContext.setLogLevel("ERROR")
here = os.getcwd()
want = [json.loads(line) for line in open("expected.ndjson")]
schema = "e int, k int, level string, s string"


def key(rows):
    return sorted((r["e"], r["k"], r["level"], r["s"]) for r in rows)


def same(name, reader, rows=want):
    got = key(reader.collect())
    assert got == key(rows), (name, len(got), len(rows))
    print(name, len(got))


for name in ("plain", "parts", "gz", "fewfiles"):
    same(name, spark.read.schema(schema).json(f"{here}/out/{name}"))
same("csv", spark.read.schema(schema).option("header", True).option("escape", '"').csv(f"{here}/out/csv"))

# Spark sees each epoch when its entry is there, at every length of the log.
log = "out/plain/_spark_metadata"
entries = {int(n.split(".")[0]): n for n in os.listdir(log)}
assert sorted(entries) == list(range(25)), entries
for last in range(24, 0, -1):
    os.remove(f"{log}/{entries[last]}")
    if last > 0:
        rows = [r for r in want if r["e"] < last]
        assert key(spark.read.schema(schema).json(f"{here}/out/plain").collect()) == key(rows), last
print("every length")

q = (spark.readStream.schema(schema).option("maxFilesPerTrigger", 1).json(f"{here}/raw").writeStream.format("json")
     .option("path", f"{here}/spark/out").option("checkpointLocation", f"{here}/spark/ckpt").partitionBy("level")
     .trigger(availableNow=True).start())
q.awaitTermination()
