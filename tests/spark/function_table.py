# SPDX-License-Identifier: MIT
"""medal-sql(7) names every built-in of Spark: among its FUNCTIONS, or with a reason among those that there are not."""
import os
import re
import sys

OPERATORS = set("and between case cast in is not or when".split())


def page():
    """Names by section: what stands on lines of .Ic, but words in capitals."""
    sections, now = {}, None
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "man", "medal-sql.7")
    for line in open(path, encoding="utf-8"):
        if line.startswith(".Sh "):
            now = sections.setdefault(line[4:].strip(), set())
        elif line.startswith((".Ic ", ".It Ic ")) and now is not None:
            now.update(w for w in re.findall(r"[a-z][a-z0-9_]*", line.split("Ic ", 1)[1]))
    return sections


def main():
    from pyspark.sql import SparkSession

    spark = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
    theirs = {r[0] for r in spark.sql("SHOW SYSTEM FUNCTIONS").collect() if re.match(r"[a-z]", r[0])} - OPERATORS
    sections = page()
    here, absent = sections["FUNCTIONS"], sections["FUNCTIONS THAT THERE ARE NOT"]
    for name in sorted(theirs - here - absent):
        print("not named:", name)
    for name in sorted(here & absent):
        print("named twice:", name)
    for name in sorted(absent - theirs):
        print("no function of Spark:", name)
    print("every built-in of Spark is named")


if __name__ == "__main__":
    sys.exit(main())
