# SPDX-License-Identifier: MIT
"""One peer does one job: peers.py TOOL JOB IN OUT, with the peer's own best means.

peers.py --version TOOL prints the version, or fails when the tool is not installed.
"""
import os
import sys

COLS = [("artist", "s"), ("song", "s"), ("duration", "d"), ("ts", "i"), ("sessionId", "i"), ("auth", "s"),
        ("level", "s"), ("itemInSession", "i"), ("city", "s"), ("zip", "s"), ("state", "s"), ("userAgent", "s"),
        ("lon", "d"), ("lat", "d"), ("userId", "i"), ("lastName", "s"), ("firstName", "s"), ("gender", "s"),
        ("registration", "i")]
GOOD = "userId IS NOT NULL AND duration > 0 AND level IN ('free', 'paid')"
KEY = ["userId", "sessionId", "itemInSession", "ts"]
# of the inputs of other shape; what is nested is passed on and not looked at
OTHER = {"wide": COLS + [("batch", "j")], "narrow": [("u", "i"), ("ts", "i"), ("l", "s"), ("d", "d")]}
LONG = {"wide": "level = 'paid' AND duration > 200", "narrow": "l = 'paid' AND d > 200"}
EXPRESSIONS = """userId, sessionId, lower(city) AS city, concat(firstName, ' ', lastName) AS name,
    substring(userAgent, 1, 11) AS agent, %s(artist) AS letters, CAST(floor(duration / 60) AS BIGINT) AS minutes,
    ts %% 86400000 AS day_ms, CASE WHEN duration < 120 THEN 'short' WHEN duration < 300 THEN 'song' ELSE 'long' END
    AS size, replace(state, 'A', '_') AS state, coalesce(gender, '?') AS gender, CAST(userAgent LIKE '%%Windows%%'
    AS BOOLEAN) AS windows"""


def duckdb(job, src, out):
    import duckdb as dd
    types = {"i": "BIGINT", "s": "VARCHAR", "d": "DOUBLE", "j": "JSON"}
    cols = "{" + ", ".join(f"{k}: '{types[v]}'" for k, v in OTHER.get(job, COLS)) + "}"
    errors = ", ignore_errors=true" if job in ("validate", "pipeline") else ""
    source = (f"read_csv('{src}', header=true, columns={cols})" if job == "csv" else
              f"read_json('{src}', format='newline_delimited', columns={cols}{errors})")
    query = {
        "validate": f"SELECT * FROM {source} WHERE {GOOD}",
        "dedupe": f"SELECT DISTINCT ON ({', '.join(KEY)}) * FROM {source}",
        "pipeline": f"SELECT DISTINCT ON ({', '.join(KEY)}) * FROM {source} WHERE {GOOD}",
        "windows": "SELECT ts // 60000 * 60000 AS w, level, count(*) AS n, sum(duration) AS s, "
                   f"count(DISTINCT userId) AS u FROM {source} GROUP BY ALL",
        "expressions": f"SELECT {EXPRESSIONS % 'length'} FROM {source} WHERE level IN ('free', 'paid')",
        **{k: f"SELECT * FROM {source} WHERE {v}" for k, v in LONG.items()},
    }.get(job, f"SELECT * FROM {source}")
    form = {"table": "FORMAT json, PARTITION_BY (level)", "parquet": "FORMAT parquet, COMPRESSION zstd"}
    dd.connect().sql(f"COPY ({query}) TO '{out}' ({form.get(job, 'FORMAT json')})")


def polars(job, src, out):
    import polars as pl
    types = {"i": pl.Int64, "s": pl.String, "d": pl.Float64}
    schema = {k: types[v] for k, v in COLS}
    if job in ("validate", "pipeline"):  # it stops at a line that is cut off
        whole = out + ".whole"
        if os.system(f"grep '}}$' '{src}' >'{whole}'"):
            raise SystemExit("grep failed")
        src = whole
    f = (pl.scan_csv(src, schema=schema) if job == "csv" else
         pl.scan_ndjson(src) if job in OTHER else
         pl.scan_ndjson(src, schema=schema, ignore_errors=job in ("validate", "pipeline")))
    if job in ("validate", "pipeline"):
        f = f.filter(pl.col("userId").is_not_null() & (pl.col("duration") > 0) &
                     pl.col("level").is_in(["free", "paid"]))
    if job in ("dedupe", "pipeline"):
        f = f.unique(subset=KEY, keep="first", maintain_order=True)
    if job == "windows":
        f = f.group_by((pl.col("ts") // 60000 * 60000).alias("w"), "level").agg(
            pl.len().alias("n"), pl.col("duration").sum().alias("s"), pl.col("userId").n_unique().alias("u"))
    if job in LONG:
        f = f.filter(pl.sql_expr(LONG[job]))
    if job == "expressions":
        c = pl.col
        f = f.filter(c("level").is_in(["free", "paid"])).select(
            "userId", "sessionId", c("city").str.to_lowercase(), (c("firstName") + " " + c("lastName")).alias("name"),
            c("userAgent").str.slice(0, 11).alias("agent"), c("artist").str.len_chars().alias("letters"),
            (c("duration") / 60).floor().cast(pl.Int64).alias("minutes"), (c("ts") % 86400000).alias("day_ms"),
            pl.when(c("duration") < 120).then(pl.lit("short")).when(c("duration") < 300).then(pl.lit("song"))
            .otherwise(pl.lit("long")).alias("size"), c("state").str.replace_all("A", "_", literal=True),
            c("gender").fill_null("?"), c("userAgent").str.contains("Windows", literal=True).alias("windows"))
    if job == "parquet":
        f.sink_parquet(out, compression="zstd")
    elif job == "table":
        os.mkdir(out)
        rows = f.collect()
        for (level,), part in rows.partition_by("level", as_dict=True).items():
            os.mkdir(f"{out}/level={level}")
            part.write_ndjson(f"{out}/level={level}/part-0.ndjson")
    else:
        f.sink_ndjson(out)
    if src.endswith(".whole"):
        os.unlink(src)


def chdb(job, src, out):
    import chdb as ch
    plain = {"i": "Int64", "s": "String", "d": "Float64", "j": "String"}
    cols = ", ".join(f"{k} " + (f"Nullable({plain[v]})" if job in ("validate", "expressions") else plain[v])
                     for k, v in OTHER.get(job, COLS))
    source = f"file('{src}', '{'CSVWithNames' if job == 'csv' else 'JSONEachRow'}', '{cols}')"
    query = {
        "validate": f"SELECT * FROM {source} WHERE {GOOD}",
        "dedupe": f"SELECT * FROM {source} LIMIT 1 BY {', '.join(KEY)}",
        "windows": "SELECT intDiv(ts, 60000) * 60000 AS w, level, count() AS n, sum(duration) AS s, "
                   f"uniqExact(userId) AS u FROM {source} GROUP BY w, level",
        "expressions": f"SELECT {(EXPRESSIONS % 'lengthUTF8').replace('replace(', 'replaceAll(')} FROM {source} "
                       "WHERE level IN ('free', 'paid')",
        **{k: f"SELECT * FROM {source} WHERE {v}" for k, v in LONG.items()},
    }.get(job, f"SELECT * FROM {source}")
    print(ch.query(f"{query} INTO OUTFILE '{out}' TRUNCATE FORMAT {'Parquet' if job == 'parquet' else 'JSONEachRow'} "
                   "SETTINGS input_format_allow_errors_num=1000000000, input_format_allow_errors_ratio=1, "
                   "output_format_json_quote_64bit_integers=0, output_format_parquet_compression_method='zstd'"), end="")


def split(columns):
    """At commas outside of brackets."""
    depth, parts = 0, [""]
    for c in columns:
        depth += (c == "(") - (c == ")")
        if c == "," and not depth:
            parts.append("")
        else:
            parts[-1] += c
    return parts


def pyspark(job, src, out):
    from pyspark import SparkContext
    from pyspark.sql import SparkSession, functions as F
    s = (SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
         .config("spark.driver.memory", "4g").config("spark.driver.bindAddress", "127.0.0.1")
         .config("spark.driver.host", "127.0.0.1").config("spark.sql.shuffle.partitions", "2").getOrCreate())
    types = {"i": "BIGINT", "s": "STRING", "d": "DOUBLE", "j": "STRING"}
    reader = s.read.schema(", ".join(f"{k} {types[v]}" for k, v in OTHER.get(job, COLS))).option("mode", "DROPMALFORMED")
    f = reader.option("header", True).option("escape", '"').csv(src) if job == "csv" else reader.json(src)
    if job in ("validate", "pipeline"):
        f = f.where(GOOD)
    if job in ("dedupe", "pipeline"):
        f = f.dropDuplicates(KEY)
    if job == "windows":
        f = f.groupBy((F.floor(F.col("ts") / 60000) * 60000).alias("w"), "level").agg(
            F.count("*").alias("n"), F.sum("duration").alias("s"), F.countDistinct("userId").alias("u"))
    if job in LONG:
        f = f.where(LONG[job])
    if job == "expressions":
        f = f.where("level IN ('free', 'paid')").selectExpr(*split(EXPRESSIONS % "length"))
    w = f.write.mode("overwrite")
    if job == "table":
        w = w.partitionBy("level")
    if job == "parquet":
        w.option("compression", "zstd").parquet(out)
    else:
        w.json(out)
    gateway = SparkContext._gateway
    s.stop()
    gateway.shutdown()  # and wait for the JVM, so that its time is counted
    gateway.proc.stdin.close()
    gateway.proc.wait()


if sys.argv[1] == "--version":
    print(__import__(sys.argv[2]).__version__)
else:
    {"duckdb": duckdb, "polars": polars, "chdb": chdb, "pyspark": pyspark}[sys.argv[1]](*sys.argv[2:])
