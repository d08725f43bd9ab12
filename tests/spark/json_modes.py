# SPDX-License-Identifier: MIT
"""PERMISSIVE, DROPMALFORMED and FAILFAST of Spark's JSON reader against medal-validate --mode, on random schemas and lines.

What medal passes is read by Spark with the same schema, so that both are compared as typed values. Lines whose framing medal
refuses and Spark takes (text behind the object, an array of objects, names in single quotes) are not asked about, see
medal-stream(7), nor are the values that medal-validate(1) says it judges otherwise, nor strings of one letter in a BINARY column, in which
Spark's parser loses its place and the whole row.
"""
import json
import os
import random
import subprocess
import sys
import tempfile

from pyspark.sql import SparkSession

SEED, GROUPS = int(sys.argv[1]), int(sys.argv[2])
TYPES = ["BOOLEAN", "TINYINT", "SMALLINT", "INT", "BIGINT", "FLOAT", "DOUBLE", "DECIMAL(5,0)", "DECIMAL(10,2)", "DECIMAL(38,18)", "STRING", "BINARY", "DATE",
         "TIMESTAMP", "TIMESTAMP_NTZ", "ARRAY<INT>", "ARRAY<DATE>", "ARRAY<ARRAY<BIGINT>>", "MAP<STRING,INT>", "MAP<STRING,DATE>", "STRUCT<x: INT, y: STRING>",
         "ARRAY<STRUCT<x: INT, y: DATE>>", "MAP<STRING, STRUCT<x: DOUBLE>>", "STRUCT<x: STRUCT<z: BOOLEAN, w: ARRAY<INT>>>"]
SCALARS = """null true false 0 -0 1 -1 127 128 32768 2147483647 2147483648 9223372036854775807 9223372036854775808 99999999999999999999999999999999999999
123456789012345678901234567890123456789012 0.0 1.5 -1.25 1e3 1E-3 1e400 0.1 123456.789 1e38 9.99 3.4e39 "" "x" "5" "1.5" "true" "NaN" "Infinity" "-Infinity" "+INF"
"2024-01-01" "2024-02-30" "2024-1-1" "1582-10-10" "0001-01-01" "9999-12-31" "+10000-01-01" "2024-01-01T00:00:00Z" "2024-06-30T23:59:60Z"
"2024-01-01T12:30:00.123456789Z" "2024-01-01T00:00:00" "2024-01-01T00:00:00+14:00" "2024-01-01T24:00:00" "AQID" "A===" 1704067200 1704067200000 1704067200.5 19723
"\\u0000" "\\ud83d\\ude00" "\\u00e9" """.split() + ['"a b"', '"2024-01-01 00:00:00"', '" 2024-01-01"', '"2024-01-01 00:00:00.5"', '"12:30"', '"2024-01-01 12:30"']
CORRUPT = ["{bad", "[1,2]", '"s"', "12", "null", '{"a":}', '{"a":1', '{"a":1,}', '{"a":01}', "nope", '{"a":tru}']


def value(r, depth=0):
    kind = r.random()
    if depth < 3 and kind < 0.12:
        return "[" + ",".join(value(r, depth + 1) for _ in range(r.randrange(3))) + "]"
    if depth < 3 and kind < 0.3:
        return "{" + ",".join(f'"{k}":{value(r, depth + 1)}' for k in r.sample("xyzw", r.randrange(4))) + "}"
    return r.choice(SCALARS)


def line(r):
    if r.random() < 0.06:
        return r.choice(CORRUPT)
    return "{" + ",".join(f'"{k}":{value(r)}' for k in r.sample("abcD", r.randrange(1, 5))) + "}"


def is_explained(schema, line):
    return ("TINYINT" in schema and "128" in line) or ("DATE" in schema and '"5"' in line) or ("BINARY" in schema and any(x in line for x in ('"5"', '"x"'))) \
        or ("TIMESTAMP" in schema and "922337203685477580" in line)


def medal(schema, lines, mode):
    return subprocess.run(["medal-validate", "--mode", mode, "--schema", schema], input="\n".join(lines) + "\n", capture_output=True, text=True)


def main():
    r = random.Random(SEED)
    spark = (SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").config("spark.driver.memory", "1g")
             .config("spark.sql.session.timeZone", "UTC").getOrCreate())
    spark.sparkContext.setLogLevel("OFF")
    asked = different = 0

    def differs(*what):
        nonlocal different
        different += 1
        if different < 20:
            print(*what, sep="\n  ")

    with tempfile.TemporaryDirectory() as scratch:
        def read(lines, schema, **options):
            path = os.path.join(scratch, "x.json")
            with open(path, "w", encoding="utf-8") as f:
                f.write("\n".join(lines) + "\n")
            spark.catalog.clearCache()
            rows = spark.read.schema(schema + ", _corrupt_record STRING").options(**options).json(path).cache()
            columns = [c for c in rows.columns if c != "_corrupt_record"]
            return [(x[0], x[1]) for x in rows.selectExpr(f"to_json(struct({','.join(columns)}))", "_corrupt_record").collect()]

        for _ in range(GROUPS):
            schema = ", ".join(f"{n} {r.choice(TYPES)}" for n in "abc")
            lines = [x for x in (line(r) for _ in range(60)) if not is_explained(schema, x)]
            want = read(lines, schema)
            out = medal(schema, lines, "permissive")
            got_lines = out.stdout.splitlines()
            # without _corrupt_record, which is the last member
            got = read([x if "_corrupt_record" not in x else x[:max(x.find(',"_corrupt_record":'), 1)] + "}" for x in got_lines], schema)
            asked += len(lines)
            if len(got) != len(want):
                differs("rows", schema, len(got), len(want), out.stderr)
                continue
            good = []
            for one, w, g, raw in zip(lines, want, got, got_lines):
                corrupt = json.loads(raw).get("_corrupt_record")
                good += [one] if w[1] is None else []
                if (w[1] is None) != (corrupt is None) or w[0] != g[0] or (corrupt is not None and corrupt != one):
                    differs("permissive", schema, one, w, raw)
            dropped = medal(schema, lines, "dropmalformed")
            if dropped.stdout.splitlines() != good:
                differs("dropmalformed", schema, *sorted(set(good) ^ set(dropped.stdout.splitlines())))
            fails = medal(schema, lines, "failfast").returncode
            if (fails == 0) != (len(good) == len(lines)) or medal(schema, good, "failfast").returncode:
                differs("failfast", schema, fails)
    print(f"{asked} lines, {different} different, seed {SEED}")
    spark.stop()


main()
