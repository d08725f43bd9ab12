# SPDX-License-Identifier: MIT
"""Read every table of the music system with spark.read.json, count them by the simulator's truth, and let Spark run the
SELECTs of silver.sql and gold.sql itself over bronze less the rows that came late."""
import json
import os
import re

from pyspark.sql import SparkSession

spark = (SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false")
         .config("spark.sql.shuffle.partitions", "1").config("spark.sql.session.timeZone", "UTC").getOrCreate())
spark.sparkContext.setLogLevel("ERROR")
here = os.getcwd()
truth = json.load(open("truth.json"))["types"]


def columns(name):
    """The columns of a definition in bronze.sql or silver.sql, without its constraints."""
    body = re.search(r"TABLE " + name + r" \((.*?)\n\) AS SELECT", open("bronze.sql").read() + open("silver.sql").read(),
                     re.S)[1]
    return body.split("CONSTRAINT")[0].strip().rstrip(",")


def select(file, name):
    """The SELECT of a definition, over a view instead of a stream."""
    body = re.search(r"(?:TABLE|VIEW) " + name + r"\b.*?AS SELECT(.*?);", open(file).read(), re.S)[1]
    body = re.sub(r"STREAM\(\w+\.(\w+)\)|(?:silver|bronze)\.(\w+)", lambda m: m[1] or m[2], body)
    return "SELECT " + re.sub(r"WATERMARK .* DELAY OF INTERVAL \d+ \w+", "", body)


def lines(table):
    return spark.read.text(f"{here}/{table}").where("value != ''")


def read(table, schema=None):
    r = spark.read.schema(schema) if schema else spark.read
    return r.json(f"{here}/{table}")


def near(a, b):
    return a == b or isinstance(a, float) and isinstance(b, float) and abs(a - b) <= 1e-9 * max(1, abs(a))


def same(name, want, got, keys=2):
    want = {tuple(r)[:keys]: tuple(r) for r in want.collect()}
    got = {tuple(r)[:keys]: tuple(r) for r in got.collect()}
    assert want.keys() == got.keys(), (name, list(want.keys() ^ got.keys())[:3])
    for k, row in want.items():
        assert all(map(near, row, got[k])), (name, row, got[k])
    assert want, name
    print(f"{name}: Spark computes the same")


for name, t in truth.items():
    assert read(f"bronze/{name}", columns(name)).count() == t["good"] + t["late"], name
    for side, rows in (("quarantine", t["malformed"]), ("duplicates", t["duplicates"])):
        assert lines(f"{side}/{name}").count() == rows, (side, name)
    epochs = {int(n.split(".")[0]) for n in os.listdir(f"bronze/{name}/_spark_metadata") if n[0] != "."}
    assert max(epochs) >= 59, (name, max(epochs))
print("bronze, quarantine and duplicates: as the simulator counted")


def view(name, table, late=None):
    rows = lines(table)
    if late:
        rows = rows.exceptAll(lines(late))
    spark.read.schema(columns(name)).json(rows.rdd.map(lambda r: r.value)).createOrReplaceTempView(name)


def typed(table, like):
    """The table with the column types that the query LIKE gives."""
    return read(table, like.schema)


view("listen_events", "bronze/listen_events")
q = spark.sql(select("silver.sql", "listens"))
same("silver/listens", q, read("silver/listens", columns("listens")).select(q.columns), len(q.columns))
view("page_view_events", "bronze/page_view_events", "late/sessions")
q = spark.sql(select("silver.sql", "sessions"))
same("silver/sessions", q, typed("silver/sessions", q))
view("listens", "silver/listens", "late/plays_per_minute")
q = spark.sql(select("gold.sql", "plays_per_minute"))
same("gold/plays_per_minute", q, typed("gold/plays_per_minute", q))
view("listens", "silver/listens")
for name, keys in (("plays_per_song", 2), ("plays_per_city", 2), ("active_users", 1)):
    q = spark.sql(select("gold.sql", name))
    same(f"gold/{name}", q, typed(f"gold/{name}", q), keys)
