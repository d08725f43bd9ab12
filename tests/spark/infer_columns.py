# SPDX-License-Identifier: MIT
"""Does medal-validate --infer tell the columns that Spark's JSON reader infers?

Random groups of random records, one seed. medal's definition is read by Spark's own DDL parser and compared with the
schema that Spark infers of the same lines.
"""
import json
import random
import subprocess
import sys
import tempfile

from pyspark.sql import SparkSession
from pyspark.sql.types import StructType

SEED, GROUPS = int(sys.argv[1]), int(sys.argv[2])
NAMES = ["a", "b", "Zoo", "c d", "x.y", "ä", "日本", "Ａ", "😀", "back`quote", "1st", "_m", "select"]
SCALARS = ["null", "true", "false", "0", "-1", "7", "2147483648", "9223372036854775807", "9223372036854775808",
           "-9223372036854775809", "12345678901234567890123456789012345678", "123456789012345678901234567890123456789",
           "1.0", "1.5", "-0.0", "1e3", "1E400", "0.1234567890123456789", "12345678901234567890.5", '""', '"x"', '"1"', '"2024-01-01"',
           '"2024-01-01T00:00:00Z"', '"true"', '"\\u00e9"']


def value(r, depth):
    kind = r.random()
    if depth < 3 and kind < 0.15:
        return "[" + ",".join(value(r, depth + 1) for _ in range(r.randrange(4))) + "]"
    if depth < 3 and kind < 0.35:
        return record(r, depth + 1, r.randrange(4))
    return r.choice(SCALARS)


def record(r, depth, n):
    return "{" + ",".join(json.dumps(k, ensure_ascii=False) + ":" + value(r, depth) for k in r.sample(NAMES, n)) + "}"


def fixed(f):
    """Nullability is not inferred, and the order of names is part of what is compared."""
    return json.loads(f.json())


def main():
    r = random.Random(SEED)
    spark = (SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false")
             .config("spark.sql.caseSensitive", "true").config("spark.driver.memory", "1g").getOrCreate())
    spark.sparkContext.setLogLevel("ERROR")
    same = 0
    with tempfile.TemporaryDirectory() as scratch:
        for g in range(GROUPS):
            lines = [record(r, 0, r.randrange(1, 5)) for _ in range(r.choice([1, 1, 2, 3, 8]))]
            path = f"{scratch}/{g}.json"
            with open(path, "w", encoding="utf-8") as f:
                f.write("\n".join(lines) + "\n")
            spark_schema = spark.read.json(path).schema
            with open(path, "rb") as f:
                got = subprocess.run(["medal-validate", "--infer", "1000"], stdin=f, capture_output=True, text=True)
            if not spark_schema.fields:
                ok = got.returncode == 2
            else:
                ddl = got.stdout[got.stdout.index("(") + 1:got.stdout.rindex("\n) AS ")]
                ok = fixed(StructType.fromDDL(ddl)) == fixed(spark_schema)
            same += ok
            if not ok:
                print(f"group {g}:", *lines, f"  medal: {StructType.fromDDL(ddl).simpleString() if got.stdout else got.stderr}",
                      f"  Spark: {spark_schema.simpleString()}", sep="\n")
    print(f"{same} of {GROUPS} groups, seed {SEED}")
    spark.stop()


main()
