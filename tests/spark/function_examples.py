# SPDX-License-Identifier: MIT
"""The examples in Spark's own documentation of its functions (DESCRIBE FUNCTION EXTENDED), in Spark and in medal-transform:
the queries without FROM, of the functions that medal-sql(7) says there are."""
import os
import re
import sys
import tempfile

from differential import close, same_row
from function_table import page
from spark_oracle import Number, Oracle, medal_query

# What depends on the moment, the machine or chance, and what medal-sql(7) says is different.
LEFT_OUT = re.compile(r"current_|\bnow\(|curdate|localtimestamp|uuid|\brand\(\)|\brandom\(\)|randn\(\)|randstr\(3\)|uniform\(10, 20\)|version\(\)|"
                      r"_catalog|escapedStringLiterals|collate|SystemDrive|allowNumericLeadingZeros|##|unix_timestamp\(\)|"
                      r"raise_error|assert_true\(0", re.I)


def near(a, b):
    return a == b or isinstance(a, list) and isinstance(b, list) and len(a) == len(b) and all(
        same_row([x], [y]) or isinstance(x, Number) and isinstance(y, Number) and close(x, y) for x, y in zip(a, b))


def main():
    oracle = Oracle()
    oracle.session(True, "America/Los_Angeles")
    oracle.one_row()
    total, seen, wrong = 0, set(), 0
    theirs = {r[0] for r in oracle.spark.sql("SHOW SYSTEM FUNCTIONS").collect()}
    with tempfile.TemporaryDirectory() as scratch:
        path = os.path.join(scratch, "one.json")
        with open(path, "w", encoding="utf-8") as f:
            f.write("{}\n")
        for name in sorted(page()["FUNCTIONS"]):
            if name not in theirs:
                continue
            text = "\n".join(r[0] for r in oracle.spark.sql("DESCRIBE FUNCTION EXTENDED `%s`" % name).collect())
            for sql in re.findall(r"^\s*> (SELECT .*);$", text, re.M):
                if sql in seen or LEFT_OUT.search(sql):
                    continue
                seen.add(sql)
                spark = oracle.query(sql)
                if spark.refused and spark.refused.startswith("!!"):
                    continue  # no row for a row
                total += 1
                medal = medal_query(sql, path, True, "America/Los_Angeles")
                a, b = spark.refused or spark.rows[0], medal.refused or medal.rows[0]
                if not near(a, b):
                    wrong += 1
                    print("%s\n  Spark %.200s\n  medal %.200s" % (sql, a, b))
    print("%s examples, %d differ" % (total, wrong) if "-v" in sys.argv or wrong else "the examples agree")
    return wrong != 0


if __name__ == "__main__":
    sys.exit(main())
