# SPDX-License-Identifier: MIT
"""Spark's values and error classes of expressions, many a second (see Oracle.java), and medal's of the same.

    oracle = Oracle(); oracle.table("v", "a INT, s STRING", "rows.json"); oracle.session(ansi=True, zone="UTC")
    oracle.query("SELECT a + 1 AS x FROM v")     -> Answer
    medal_query("SELECT a + 1 AS x", ...)        -> Answer
"""
import json
import os
import re
import shutil
import subprocess
import tempfile
from collections import namedtuple

HERE = os.path.dirname(os.path.abspath(__file__))

# types: DDL of the columns, or None when the query is refused; rows: values of each row, each a list (numbers are
# Number), or a text "!CLASS"; refused: "!CLASS" for the whole query; said: medal's message.
Answer = namedtuple("Answer", "types rows refused said")


class Number(str):
    """A number as it was written."""


def decode(text):
    return json.loads(text, object_pairs_hook=lambda kv: {"{}": kv}, parse_float=Number, parse_int=Number)


class Oracle:
    def __init__(self):
        from pyspark.sql import SparkSession

        self.spark = (SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false")
                      .config("spark.sql.shuffle.partitions", "1").config("spark.driver.memory", "1g")
                      .config("spark.sql.timeType.enabled", "true").config("spark.log.level", "OFF").getOrCreate())
        jvm = self.spark._jvm
        compiler = jvm.org.codehaus.janino.SimpleCompiler()
        compiler.setParentClassLoader(jvm.java.lang.Thread.currentThread().getContextClassLoader())
        compiler.setSourceVersion(8)
        compiler.setTargetVersion(8)
        with open(os.path.join(HERE, "Oracle.java"), encoding="utf-8") as f:
            compiler.cook(f.read())
        cls = compiler.getClassLoader().loadClass("Oracle")
        params = self.spark.sparkContext._gateway.new_array(jvm.java.lang.Object, 1)
        params[0] = self.spark._jsparkSession
        self.java = cls.getConstructors()[0].newInstance(params)
        self.version = self.spark.version

    def session(self, ansi, zone):
        self.spark.conf.set("spark.sql.ansi.enabled", "true" if ansi else "false")
        self.spark.conf.set("spark.sql.session.timeZone", zone)
        self.java.zone(zone)

    def optimise(self, on):
        """Off: what can be left out of Spark's optimiser is."""
        rules = "NullPropagation ConstantFolding SimplifyConditionals BooleanSimplification SimplifyExtractValueOps " \
            "SimplifyBinaryComparison SimplifyCasts OptimizeIn RemoveDispensableExpressions SimplifyCaseConversionExpressions " \
            "ReorderAssociativeOperator LikeSimplification PushFoldableIntoBranches ReplaceNullWithFalseInPredicate " \
            "UnwrapCastInBinaryComparison ConvertToLocalRelation OptimizeCsvJsonExprs CollapseProject " \
            "NullDownPropagation OptimizeUpdateFields SimplifyDateTimeConversions"
        names = ",".join("org.apache.spark.sql.catalyst.optimizer." + x for x in rules.split())
        self.spark.conf.set("spark.sql.optimizer.excludedRules", "" if on else names)

    def table(self, name, schema, path):
        """The lines of PATH as view NAME; session() before it, for the zone of timestamps without one."""
        self.spark.read.schema(schema).json(path).createOrReplaceTempView(name)
        self.java.table(name)

    def one_row(self):
        self.java.oneRow()

    def query(self, sql):
        out = list(self.java.query(sql))
        if len(out) == 1 and out[0].startswith("!"):
            return Answer(None, None, out[0], "")
        rows = [x if x.startswith("!") else decode(x) for x in out[1:]]
        return Answer(out[0].replace(" NOT NULL", "").split("\t"), rows, None, "")


CLASS = re.compile(r"\[([A-Z_][A-Z0-9_]+(?:\.[A-Z0-9_]+)?)\]")


def medal_query(sql, path, ansi, zone, schema=None, describe=False, strip=()):
    """The same by medal-transform. A row that fails is known by its line. STRIP: nothing."""
    argv = ["medal-transform", "--timezone", zone, "--ansi", "on" if ansi else "off"]
    argv += ["--schema", schema] if schema else []
    scratch = tempfile.mkdtemp(prefix="oracle-")
    try:
        with open(path, "rb") as f:
            p = subprocess.run(argv + ["--quarantine", scratch + "/q", sql], stdin=f, capture_output=True, timeout=300)
        said = p.stderr.decode("utf-8", "replace")
        with open(path, "rb") as f:
            total = sum(1 for _ in f)
        if p.returncode not in (0, 2):
            return Answer(None, None, "!status %d" % p.returncode, said)
        if p.returncode == 2:
            found = CLASS.search(said)
            return Answer(None, None, "!" + (found.group(1) if found else "?"), said)
        failed = {}
        if os.path.isdir(scratch + "/q"):
            for name in sorted(os.listdir(scratch + "/q")):
                if name.endswith((".json", ".ndjson")) or os.path.isfile(os.path.join(scratch, "q", name)):
                    with open(os.path.join(scratch, "q", name), encoding="utf-8", errors="replace") as f:
                        for line in f:
                            e = json.loads(line)["_error"]
                            failed[e["line"]] = "!" + e["reason"]
        lines = iter(p.stdout.decode("utf-8", "replace").split("\n"))
        rows = [failed[k] if k in failed else [v for _, v in decode(next(lines))["{}"]] for k in range(1, total + 1)]
        types = None
        if describe:
            p = subprocess.run(argv + ["--describe", sql], stdin=subprocess.DEVNULL, capture_output=True, timeout=300)
            types = p.stdout.decode("utf-8", "replace").strip().replace(" NOT NULL", "")
        return Answer(types, rows, None, said)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
