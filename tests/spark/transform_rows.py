# SPDX-License-Identifier: MIT
"""The same rows through the same SELECTs, in Spark and in medal-transform: values, NULLs, order and names are equal."""
import json
import os
import random
import subprocess
import sys
import tempfile

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


def medal(select, text):
    out = subprocess.run(["medal-transform", "--schema", SCHEMA, select], input=text, stdout=subprocess.PIPE, check=True).stdout
    return [json.loads(line, object_pairs_hook=list) for line in out.decode().splitlines()]


def same(mine, spark):
    if isinstance(spark, float) or isinstance(mine, float):
        return mine is not None and spark is not None and float(mine) == float(spark)
    if isinstance(spark, list) and spark and isinstance(spark[0], tuple) or isinstance(mine, list) and mine and isinstance(mine[0], tuple):
        m, s = dict(mine), dict(spark)  # a struct: passed on as it came, it may lack members that are NULL
        return all(same(m.get(k), s.get(k)) for k in set(m) | set(s))
    if isinstance(spark, list) and isinstance(mine, list):
        return len(mine) == len(spark) and all(map(same, mine, spark))
    return mine == spark or (mine == [] and spark is not None and not any(v for _, v in spark))


def main():
    from pyspark.sql import SparkSession

    seed = int(os.environ.get("MEDAL_SEED", "1"))
    spark = (SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false")
             .config("spark.sql.session.timeZone", "UTC").config("spark.driver.memory", "1g").getOrCreate())
    spark.sparkContext.setLogLevel("OFF")
    lines = list(rows(2000, seed))
    text = "".join(line + "\n" for line in lines).encode()
    wrong = 0
    with tempfile.TemporaryDirectory() as scratch:
        path = os.path.join(scratch, "rows.json")
        with open(path, "wb") as f:
            f.write(text)
        spark.read.schema(SCHEMA).json(path).createOrReplaceTempView("x")
        for select in SELECTS:
            table = spark.sql(select)
            rows_json = table.selectExpr("to_json(struct(*), map('ignoreNullFields', 'false'))").collect()
            want = [json.loads(r[0], object_pairs_hook=list) for r in rows_json]
            got = medal(select, text)
            bad = [(w, g) for w, g in zip(want, got)
                   if [k for k, _ in w] != [k for k, _ in g] or not all(same(m[1], s[1]) for m, s in zip(g, w))]
            if len(want) != len(got) or bad:
                wrong += 1
                print(f"seed {seed}: {select}: Spark gives {len(want)} rows, medal {len(got)}; {len(bad)} differ:")
                for w, g in bad[:3]:
                    print("  Spark", w, "\n  medal", g)
    spark.stop()
    print(len(SELECTS), "queries,", wrong, "differ")


if __name__ == "__main__":
    sys.exit(main())
