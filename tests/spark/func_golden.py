#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Asks Spark for the values of the expressions in func_*.exprs and writes func_*.golden: expression, TAB, its value
as JSON (timestamps in ISO 8601 with Z, as medal writes them) or, for a failure, "!" and Spark's error
class ("!?": an exception without one).
usage: func_golden.py [FILE.exprs...], with pyspark 4.1; the session's zone is UTC and ANSI is on."""
import base64
import datetime
import decimal
import glob
import json
import math
import os
import re
import sys

from pyspark.sql import Row, SparkSession

os.environ["TZ"] = "UTC"
here = os.path.dirname(os.path.abspath(__file__))
spark = (SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false")
         .config("spark.sql.session.timeZone", "UTC").config("spark.sql.timeType.enabled", "true").config("spark.sql.shuffle.partitions", "1").getOrCreate())
spark.sparkContext.setLogLevel("OFF")


def plain(v):
    if isinstance(v, float) and not math.isfinite(v):
        return "NaN" if math.isnan(v) else "Infinity" if v > 0 else "-Infinity"
    if isinstance(v, decimal.Decimal):
        return Raw(format(v, "f"))
    if isinstance(v, (bytes, bytearray)):
        return base64.b64encode(bytes(v)).decode()
    if isinstance(v, Row):
        return {k: plain(x) for k, x in v.asDict().items()}
    if isinstance(v, dict):
        return {str(k): plain(x) for k, x in v.items()}
    if isinstance(v, (datetime.date, datetime.datetime)):
        return v.isoformat()
    if isinstance(v, list):
        return [plain(x) for x in v]
    return v


class Raw(float):
    """A decimal that keeps its digits."""

    def __new__(cls, text):
        self = super().__new__(cls, text)
        self.text = text
        return self

    def __repr__(self):
        return self.text


def value(expr):
    """Dates and timestamps come as text, since Python's know no year beyond 9999."""
    try:
        frame = spark.sql("SELECT %s AS x" % expr)
        kind = frame.schema[0].dataType.typeName()
        if kind in ("date", "timestamp", "timestamp_ntz"):
            frame = frame.selectExpr("CAST(x AS STRING) AS x")
        v = frame.collect()[0][0]
    except Exception as e:
        name = getattr(e, "getCondition", lambda: None)()
        if not name:
            found = re.search(r"\[([A-Z][A-Z0-9_.]+)\]", str(e))
            name = found.group(1) if found else "?"
        return "!" + name
    if v is not None and kind == "timestamp":
        v = v.replace(" ", "T") + "Z"
    elif v is not None and kind == "timestamp_ntz":
        v = v.replace(" ", "T")
    elif v is not None and kind in ("float", "double") and math.isfinite(v):
        text = spark.sql("SELECT CAST((%s) AS STRING)" % expr).collect()[0][0]
        return text
    v = plain(v)
    return v.text if isinstance(v, Raw) else json.dumps(v, ensure_ascii=False, separators=(",", ":"))


for path in sys.argv[1:] or sorted(glob.glob(os.path.join(here, "func_*.exprs"))):
    lines = [x for x in open(path, encoding="utf-8").read().split("\n") if x and not x.startswith("--")]
    with open(path[:-6] + ".golden", "w", encoding="utf-8") as out:
        for expr in lines:
            out.write("%s\t%s\n" % (expr, value(expr)))
