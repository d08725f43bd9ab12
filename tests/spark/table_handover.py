# SPDX-License-Identifier: MIT
"""Spark writes epochs 0 to 2, medal 3, Spark 4, medal 5 to 12 (over a compaction), Spark 13; Spark reads after each."""
import os
import subprocess

from pyspark.sql import SparkSession

spark = (SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false")
         .config("spark.sql.shuffle.partitions", "1").getOrCreate())
spark.sparkContext.setLogLevel("ERROR")
here = os.getcwd()
schema = "e int, level string"
made = 0


def more(n):
    global made
    for _ in range(n):
        name = f"raw/{made:03}.ndjson"
        with open(name, "w") as f:
            for level in ("free", "a/b c%", None):
                f.write('{"e":%d,"level":%s}\n' % (made, "null" if level is None else f'"{level}"'))
        os.utime(name, (1700000000 + made, 1700000000 + made))
        made += 1


def by_spark(n):
    more(n)
    (spark.readStream.schema(schema).option("maxFilesPerTrigger", 1).json(f"{here}/raw").writeStream.format("json")
     .option("path", f"{here}/out").option("checkpointLocation", f"{here}/ckpt").partitionBy("level")
     .trigger(availableNow=True).start()).awaitTermination()


def by_medal(n):
    more(n)
    subprocess.run(["bash", "-o", "pipefail", "-c", "medal-ingest --checkpoint ckpt --max-files 1 raw |"
                    "medal-write --partition-by level out | medal-checkpoint commit"], check=True)


for who, n in ((by_spark, 3), (by_medal, 1), (by_spark, 1), (by_medal, 8), (by_spark, 1)):
    who(n)
    rows = spark.read.schema(schema).json(f"{here}/out").collect()
    got = sorted((r["e"], r["level"] or "") for r in rows)
    want = sorted((e, level) for e in range(made) for level in ("free", "a/b c%", ""))
    assert got == want, (who.__name__, len(got), len(want))
    newest = max(int(n.split(".")[0]) for n in os.listdir("out/_spark_metadata") if not n.startswith("."))
    print(who.__name__, made, "files,", len(got), "rows, log to", newest)
