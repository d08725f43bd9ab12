# SPDX-License-Identifier: MIT
"""What Spark's JSON reader makes of values that fit their columns, and of values that do not.

Prints one line of JSON for each pair of schema and line: {"schema", "line", "corrupt", "row"}, where corrupt says
whether PERMISSIVE filled _corrupt_record, and row is to_json of the columns (NULL members are left out).
A member that occurs twice is not asked about when one of its values does not fit: in medal the last value counts alone.
tests/data/spark-json-reader.ndjson is its output, recorded with Spark 4.1; json_reader.sh compares them.
"""
import json
import os
import sys
import tempfile

VALUES = """null true false 0 1 -1 5 127 128 -129 32767 32768 2147483647 2147483648 -2147483649 99999999999
9223372036854775807 9223372036854775808 -9223372036854775809 12345678901234567890123456789012345678901234567890
1.0 1.5 -0.0 1e3 1E400 1.255 12.345 1e-7 123456789.125 "" " " "5" " 5" "1.5" "abc" "true" "NaN" "Infinity" "-Infinity" "inf"
"+INF" "1e3" "2024-01-01" "2024-02-30" "2024-1-1" "2024-01-01 00:00:00" "2024-01-01T00:00:00Z" "2024-01-01T00:00:00.123456+02:00"
"2024-01-01T00:00:00" "2024-01-01T25:00:00" "0001-01-01" "9999-12-31" "10000-01-01" 1704067200 1704067200.5 19723
{} {"x":1} {"x":"y"} [] [1] [1,null] ["a"] [1,"a"] [[1]] "\\u00e9\\n" "AQID" "a=b" """.split()
VALUES[VALUES.index('"')] = None  # the string of one blank was split
VALUES = [v for v in VALUES if v not in (None, '"')] + ['" "', '" 5"', '"2024-01-01 00:00:00"']

TYPES = ["BOOLEAN", "TINYINT", "SMALLINT", "INT", "BIGINT", "FLOAT", "DOUBLE", "DECIMAL(10,2)", "DECIMAL(38,0)", "STRING",
         "BINARY", "DATE", "TIMESTAMP", "TIMESTAMP_NTZ", "ARRAY<INT>", "MAP<STRING,INT>", "STRUCT<x: INT>",
         "ARRAY<STRING>"]

# Several columns, nesting, and what is null in part.
ROWS = [
    ("a INT, b STRING", ['{"a":1,"b":"x","extra":9}', '{"a":"notint","b":"y"}', '{"a":3,"b":{"o": 1}}', '{"A":7}', '{"a":1,"a":2}', '{"a":true,"b":12.50}', '{}', '{"b":"\\ud83d\\ude00"}']),
    ("s STRUCT<a: INT, b: STRING>, c INT", ['{"s":{"a":1,"b":"x"},"c":1}', '{"s":{"a":"x","b":"y"},"c":1}', '{"s":5,"c":1}',
                                            '{"s":[1],"c":2}', '{"s":{"a":1},"c":"x"}', '{"s":{"z":1},"c":1}', '{"s":null,"c":1}',
                                            '{"s":{"a":{"q":1},"b":[1, 2]},"c":4}']),
    ("s STRUCT<t: STRUCT<a: INT, b: INT>, u: INT>", ['{"s":{"t":{"a":1,"b":2},"u":3}}', '{"s":{"t":{"a":"x","b":2},"u":3}}',
                                                    '{"s":{"t":"x","u":3}}', '{"s":{"t":{"a":1,"b":"y"},"u":"z"}}']),
    ("l ARRAY<STRUCT<a: INT, b: INT>>, c INT", ['{"l":[{"a":1,"b":2}],"c":1}', '{"l":[{"a":"x","b":2},{"a":3,"b":4}],"c":1}',
                                                '{"l":[null,{"a":1}],"c":1}', '{"l":[],"c":1}']),
    ("m MAP<STRING, STRUCT<a: INT, b: INT>>, c INT", ['{"m":{"k":{"a":1,"b":2}},"c":1}', '{"m":{"k":{"a":"x","b":2}},"c":1}',
                                                      '{"m":{},"c":1}']),
]


def pairs():
    for t in TYPES:
        for v in VALUES:
            yield f"v {t}", '{"v":' + v + "}"
    for schema, lines in ROWS:
        for line in lines:
            yield schema, line


def main():
    from pyspark.sql import SparkSession
    from pyspark.sql.functions import struct, to_json

    spark = (SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false")
             .config("spark.sql.session.timeZone", "UTC").config("spark.driver.memory", "1g").getOrCreate())
    spark.sparkContext.setLogLevel("ERROR")
    groups = {}
    for schema, line in pairs():
        groups.setdefault(schema, []).append(line)
    with tempfile.TemporaryDirectory() as scratch:
        for schema, lines in groups.items():
            path = os.path.join(scratch, "lines.json")
            with open(path, "w", encoding="utf-8") as f:
                f.write("\n".join(lines) + "\n")
            rows = spark.read.schema(schema + ", _corrupt_record STRING").json(path)
            columns = [c for c in rows.columns if c != "_corrupt_record"]
            got = rows.cache().select(to_json(struct(*columns)).alias("row"), "_corrupt_record").collect()
            rows.unpersist()
            assert len(got) == len(lines), schema
            for line, row in zip(lines, got):
                assert row[1] in (None, line), (line, row)
                print(json.dumps({"schema": schema, "line": line, "corrupt": row[1] is not None, "row": json.loads(row[0])}))
    sys.stdout.flush()
    spark.stop()


main()
