#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
#
# Evaluates expressions.txt with Spark over one row of typed columns, so that Spark's
# optimiser meets columns and not constants, and writes expressions.golden: the
# expression, its value (as medal writes it) or "!" and Spark's error class, and the
# value with ANSI mode off, separated by tabs. tests/unit/test_eval.c replays it.
#     python3 tests/spark/expressions.py        (needs PySpark 4.1; about two minutes)
import datetime, decimal, json, os, re
from pyspark.sql import SparkSession
from pyspark.sql import types as T

here = os.path.dirname(os.path.abspath(__file__))
SCHEMA = ("a INT, b BIGINT, c DOUBLE, s STRING, d DECIMAL(10,2), t BOOLEAN, n INT, dt DATE, ts TIMESTAMP, "
          "u STRING, nan DOUBLE")
ROW = ('{"a":5,"b":7,"c":2.5,"s":"hello","d":12.34,"t":true,"n":null,"dt":"2024-02-29",'
       '"ts":"2024-02-29 12:34:56.789","u":"étali","nan":"NaN"}')

spark = (SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false")
         .config("spark.sql.session.timeZone", "UTC").config("spark.sql.shuffle.partitions", "1")
         .config("spark.log.level", "OFF").config("spark.sql.warehouse.dir", "/tmp/medal-warehouse").getOrCreate())
path = "/tmp/medal-expressions-%d.json" % os.getpid()
open(path, "w").write(ROW + "\n")
df = spark.read.schema(SCHEMA).json(path)
df.createOrReplaceTempView("v")


def error_class(e):
    m = re.search(r"\[([A-Z_0-9]+(?:\.[A-Z_0-9]+)?)\]", str(e))
    return "!" + (m.group(1) if m else "UNKNOWN")


def text(x, t):
    """X as DESIGN's 'Records' writes it."""
    if x is None:
        return "null"
    if isinstance(t, T.StructType):
        return "{" + ",".join(json.dumps(f.name) + ":" + text(x[i], f.dataType) for i, f in enumerate(t.fields)) + "}"
    if isinstance(t, T.BooleanType):
        return "true" if x else "false"
    if isinstance(t, T.DecimalType):
        return format(x, "f")
    if isinstance(t, (T.StringType,)):
        return json.dumps(x, ensure_ascii=False)
    if isinstance(t, T.DateType):
        return '"' + x.isoformat() + '"'
    if isinstance(t, (T.TimestampType, T.TimestampNTZType)):
        s = x.strftime("%Y-%m-%dT%H:%M:%S")
        if x.microsecond:
            s += (".%06d" % x.microsecond).rstrip("0")
        return '"' + s + ("Z" if isinstance(t, T.TimestampType) else "") + '"'
    return str(x)


def interval(e, day_time):
    """As Spark's results show it: "1-2", "3 04:05:06.700000000"."""
    unit = "SECOND" if day_time else "MONTH"
    v = spark.sql("SELECT CAST(CAST(%s AS INTERVAL %s) AS DECIMAL(30, 6)) AS x FROM v" % (e, unit)).collect()[0][0]
    if v is None:
        return "null"
    us = int(abs(v) * (10 ** 6 if day_time else 1))
    if not day_time:
        return '"%s%d-%d"' % ("-" if v < 0 else "", us // 12, us % 12)
    s, us = divmod(us, 10 ** 6)
    return '"%s%d %02d:%02d:%02d.%06d000"' % ("-" if v < 0 else "", s // 86400, s // 3600 % 24, s // 60 % 60, s % 60, us)


def evaluate(e):
    try:
        q = spark.sql("SELECT %s AS x FROM v" % e)
        t = q.schema["x"].dataType
        if isinstance(t, (T.DayTimeIntervalType, T.YearMonthIntervalType)):
            return interval(e, isinstance(t, T.DayTimeIntervalType))
        if isinstance(t, (T.DoubleType, T.FloatType, T.BinaryType)):
            # Java's own text: to_json knows it.
            j = spark.sql("SELECT to_json(named_struct('x', %s), map('ignoreNullFields', 'false')) AS j FROM v" % e)
            return j.collect()[0][0][5:-1]
        x = q.collect()[0][0]
        return text(x, t)
    except Exception as ex:
        return error_class(ex)


os.environ["TZ"] = "UTC"
out = []
for mode in ("true", "false"):
    spark.conf.set("spark.sql.ansi.enabled", mode)
    out.append([evaluate(e) for e in open(os.path.join(here, "expressions.txt")).read().splitlines() if e])
with open(os.path.join(here, "expressions.golden"), "w") as f:
    f.write("# Made by expressions.py with Spark %s: expression, value in ANSI mode, value without.\n" % spark.version)
    for e, on, off in zip([e for e in open(os.path.join(here, "expressions.txt")).read().splitlines() if e], *out):
        f.write("%s\t%s\t%s\n" % (e, on, off))
os.unlink(path)
