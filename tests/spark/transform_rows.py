# SPDX-License-Identifier: MIT
"""The same rows through the same SELECTs, in Spark and in medal-transform: values, NULLs, order and names are equal."""
import json
import os
import random
import sys

from spark_queries import compare, session

SCHEMA = "i INT, l BIGINT, d DOUBLE, c DECIMAL(10,2), s STRING, b BOOLEAN, t DATE, st STRUCT<x: INT, y: STRING>, a ARRAY<INT>"
SELECTS = [
    "SELECT i, l, d, c, s, b, st, a FROM x",
    "SELECT i + 1, l * 2 AS dbl, i % 7 AS m, -i AS neg, i / 4 AS q, i div 4 AS v FROM x WHERE i IS NOT NULL AND i < 1000000",
    "SELECT s || '!' AS e, upper(s) AS u, length(s) AS n, s LIKE '%a%' AS k FROM x WHERE s IS NOT NULL OR b",
    "SELECT st.x AS x, st.y AS y, a[0] AS first FROM x WHERE size(a) > 0",
    "SELECT CASE WHEN b THEN 'yes' WHEN NOT b THEN 'no' ELSE 'none' END AS w, coalesce(l, i, 0) AS z, b AND i > 0 AS p, b OR d > 0 AS o FROM x",
    "SELECT i IN (1, 2, NULL) AS p, i NOT BETWEEN 0 AND 10 AS q, i <=> l AS r, s IN ('a', 'b') AS t FROM x",
    "SELECT c + 1.5 AS p, c * c AS q, CAST(c AS INT) AS r, CAST(d AS DECIMAL(12,3)) AS v FROM x WHERE abs(d) < 100000000",
    "SELECT CAST(i AS STRING) AS p, CAST(d AS STRING) AS q, CAST(b AS STRING) AS r, CAST(t AS STRING) AS v, CAST(c AS STRING) AS w FROM x",
    "SELECT try_cast(s AS INT) AS p, if(b, i, l) AS q, nullif(i, 0) AS r FROM x",
    "SELECT l FROM x WHERE d > 1.5 AND (s = 'a' OR c < 10)",
]


def rows(n, seed):
    r = random.Random(seed)
    pick = lambda *v: r.choice(v)
    for _ in range(n):
        row = {
            "i": pick(None, 0, 1, -1, r.randrange(-100, 100), 2147483647, -2147483647),
            "l": pick(None, 0, r.randrange(-10**12, 10**12), r.randrange(100)),
            "d": pick(None, 0.0, -0.5, r.uniform(-10, 10), r.uniform(-1e6, 1e6), 1e10, 1.25e-7),
            "c": pick(None, 0, r.randrange(-10**6, 10**6) / 100),
            "s": pick(None, "", "a", "b", "Äpfel", "12", " 7 ", "abc def", "x\ty", "\U0001f600"),
            "b": pick(None, True, False),
            "t": pick(None, "2024-02-29", "1969-12-31", "0001-01-01", "9999-12-31"),
            "st": pick(None, {"x": r.randrange(9), "y": "z"}, {"y": None}, {}),
            "a": pick(None, [], [1], [r.randrange(9), None]),
        }
        members = [(k, v) for k, v in row.items() if v is not None or r.random() < 0.5]
        r.shuffle(members)
        yield json.dumps(dict(members), ensure_ascii=pick(True, False))


def main():
    seed = int(os.environ.get("MEDAL_SEED", "1"))
    spark = session(**{"spark.sql.session.timeZone": "UTC"})
    text = "".join(line + "\n" for line in rows(2000, seed)).encode()
    compare(spark, SELECTS, SCHEMA, text, "medal-transform", ordered=True)
    spark.stop()


if __name__ == "__main__":
    sys.exit(main())
