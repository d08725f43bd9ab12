# SPDX-License-Identifier: MIT
"""Does medal-validate fill DEFAULT columns as Spark's JSON reader does, for a JSON table with the same definition?"""
import json
import os
import random
import subprocess
import sys

from pyspark.sql import SparkSession

COLUMNS = {"a": ("INT", "7", ["1", "null", '"x"']), "b": ("STRING", "'z'", ['"q"', "null", "5"]), "c": ("DATE", "DATE'2024-01-02'", ['"2020-02-29"', "null", "1"]),
           "d": ("DECIMAL(10,2)", "1.5", ["2.25", "null", "[]"]), "e": ("BOOLEAN", "1 < 2", ["false", "null", "0"]),
           "f": ("DOUBLE", "1e3", ["2.5", "null", '"1"']), "g": ("BIGINT", "CAST('12' AS BIGINT) + 1", ["9223372036854775807", "null", "1.5"]),
           "h": ("TIMESTAMP", "TIMESTAMP'2024-01-02 03:04:05Z'", ['"2020-02-29T00:00:00Z"', "null"]), "i": ("TINYINT", "NULL", ["1", "null"])}


def main():
    r = random.Random(int(sys.argv[1]))
    ddl = ", ".join(f"{n} {t} DEFAULT {d}" for n, (t, d, _) in COLUMNS.items())
    lines = []
    for _ in range(300):
        members = r.sample(sorted(COLUMNS), r.randrange(len(COLUMNS) + 1))
        lines.append("{" + ",".join(f'"{m}":{r.choice(COLUMNS[m][2][:2] if r.random() < 0.9 else COLUMNS[m][2])}' for m in members) + "}")
    spark = (SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").config("spark.driver.memory", "1g")
             .config("spark.sql.session.timeZone", "UTC").config("spark.sql.warehouse.dir", os.getcwd() + "/w").getOrCreate())
    spark.sparkContext.setLogLevel("OFF")
    spark.sql(f"CREATE TABLE t ({ddl}) USING json LOCATION '{os.getcwd()}/t'")
    os.makedirs("t", exist_ok=True)
    with open("t/x.json", "w") as f:
        f.write("\n".join(lines) + "\n")
    spark.sql("REFRESH TABLE t")
    want = [json.loads(x[0]) for x in spark.sql("SELECT to_json(struct(*)) FROM t").collect()]
    got = subprocess.run(["medal-validate", "--schema", ddl], input="\n".join(lines) + "\n", capture_output=True, text=True, check=True).stdout
    same = 0
    # both through Spark's types: the texts of numbers and timestamps may differ
    with open("got.json", "w") as f:
        f.write(got)
    types = ", ".join(f"{n} {t}" for n, (t, _, _) in COLUMNS.items())
    got = [json.loads(x[0]) for x in spark.read.schema(types).json("file:" + os.getcwd() + "/got.json").selectExpr("to_json(struct(*))").collect()]
    for line, w, g in zip(lines, want, got):
        w = {k: v for k, v in w.items() if v is not None}  # to_json writes NULL where a column has a DEFAULT
        same += w == g
        if w != g:
            print(line, w, g, sep="\n  ")
    print(f"{same} of {len(lines)} rows")


main()
