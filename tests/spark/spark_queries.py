# SPDX-License-Identifier: MIT
"""What the tests of this folder share: a session of Spark, and the same queries over the same rows in Spark and in medal.

    spark = session(**{"spark.sql.session.timeZone": "UTC"})
    compare(spark, SELECTS, schema, text, "medal-transform", tables={"u": [...]})     -> prints what differs
"""
import json
import os
import subprocess
import tempfile


def session(**settings):
    from pyspark.sql import SparkSession

    builder = (SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").config("spark.driver.memory", "1g")
               .config("spark.sql.shuffle.partitions", "1"))
    for key, value in settings.items():
        builder = builder.config(key, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("OFF")
    return spark


def same(mine, spark):
    if isinstance(spark, float) or isinstance(mine, float):
        return mine is not None and spark is not None and float(mine) == float(spark)
    if isinstance(spark, list) and spark and isinstance(spark[0], tuple) or isinstance(mine, list) and mine and isinstance(mine[0], tuple):
        m, s = dict(mine), dict(spark)  # a struct: passed on as it came, it may lack members that are NULL
        return all(same(m.get(k), s.get(k)) for k in set(m) | set(s))
    if isinstance(spark, list) and isinstance(mine, list):
        return len(mine) == len(spark) and all(map(same, mine, spark))
    return mine == spark or (mine == [] and spark is not None and not any(v for _, v in spark))


def in_order(table):
    return sorted(table, key=lambda row: json.dumps(row, sort_keys=True).replace(".0", ""))


def spark_rows(table):
    rows = table.selectExpr("to_json(struct(*), map('ignoreNullFields', 'false'))").collect()
    return [json.loads(r[0], object_pairs_hook=list) for r in rows]


def medal_rows(command, text):
    """The rows, or the message of a failure."""
    run = subprocess.run(command, input=text, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if run.returncode:
        return run.stderr.decode()
    return [json.loads(line, object_pairs_hook=list) for line in run.stdout.decode().splitlines()]


def differ(want, got):
    """The pairs of rows that are not the same; None when the numbers of rows are not."""
    if len(want) != len(got):
        return None
    return [(w, g) for w, g in zip(want, got)
            if [k for k, _ in w] != [k for k, _ in g] or not all(same(m[1], s[1]) for m, s in zip(g, w))]


def compare(spark, selects, schema, text, program, tables=None, ordered=False):
    """SELECTS (a * before one: without the schema, too) over TEXT, the relation x, and TABLES. Rows are compared without
    regard to their order unless ORDERED. The last line tells how many differ."""
    wrong = tried = 0
    put_in_order = (lambda rows: rows) if ordered else in_order
    with tempfile.TemporaryDirectory() as scratch:
        options = []
        for name, rows in (tables or {}).items():
            path = os.path.join(scratch, name + ".json")
            with open(path, "w", encoding="utf-8") as f:
                f.writelines(json.dumps(row) + "\n" for row in rows)
            spark.read.json(path).createOrReplaceTempView(name)
            options += ["--table", "%s=%s" % (name, path)]
        path = os.path.join(scratch, "x.json")
        with open(path, "wb") as f:
            f.write(text)
        for select in selects:
            sql = select.lstrip("*")
            for declared in (True, False) if select[0] == "*" else (True,):
                tried += 1
                reader = spark.read.schema(schema) if declared else spark.read
                reader.json(path).createOrReplaceTempView("x")
                got = medal_rows([program, "-q", sql] + options + (["--schema", schema] if declared else []), text)
                if isinstance(got, str):
                    wrong += 1
                    print("%s: medal fails: %s" % (sql, got))
                    continue
                want = put_in_order(spark_rows(spark.sql(sql)))
                bad = differ(want, put_in_order(got))
                if bad is None or bad:
                    wrong += 1
                    print("%s (declared: %s): Spark gives %d rows, medal %d; these differ:" % (sql, declared, len(want), len(got)))
                    for w, g in (bad or list(zip(want, put_in_order(got))))[:3]:
                        print("  Spark", w, "\n  medal", g)
    print(tried, "queries,", wrong, "differ")
