#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Random expressions over random rows, in Spark and in medal-transform: types, values and error classes are equal.

usage: differential.py [--seed S] [--comparisons N] [--batch K] [--only TEXT] [--show N]

A batch is a table of rows, a time zone, ANSI mode on or off, and expressions over it, all from the seed and
the batch's number; --batch repeats one. A difference is narrowed to the smallest part of its expression that
differs. What is explained in medal-sql(7) is counted on standard error. Status 1: something differs.
"""
import argparse
import collections
import json
import math
import os
import random
import re
import struct
import sys
import tempfile
import time

from expression_maker import SCHEMA, Maker, line, row
from spark_oracle import Number, Oracle, medal_query

ZONES = ["UTC", "America/Los_Angeles", "Europe/Berlin", "Asia/Kathmandu", "+05:30"]
ROWS, EXPRESSIONS = 24, 120


def close(a, b):
    """Within some units of the last place: sin and its kin are computed by another library."""
    try:
        x, y = float(a), float(b)
    except (TypeError, ValueError):
        return False
    return x == y or math.isnan(x) and math.isnan(y) or abs(x - y) <= 4e-15 * max(abs(x), abs(y), 1e-300)


def same_digits(a, b):
    """JDKs before 19 write some numbers with a digit more than they need; as a FLOAT or DOUBLE they are the same."""
    try:
        return float(a) == float(b) or struct.pack("f", float(a)) == struct.pack("f", float(b))
    except (ValueError, OverflowError):
        return False


def same(a, b):
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict) and isinstance(b, dict):
        return len(a["{}"]) == len(b["{}"]) and all(p[0] == q[0] and same(p[1], q[1]) for p, q in zip(a["{}"], b["{}"]))
    return type(a) is type(b) and a == b


def same_row(spark, medal):
    if isinstance(spark, str) or isinstance(medal, str):
        return spark == medal or isinstance(spark, str) and spark.startswith("!?") and isinstance(medal, str)
    return same(spark, medal)


DIGITS = "٣"


class Batch:
    def __init__(self, oracle, seed, number, scratch):
        self.rng = random.Random("%d/%d" % (seed, number))
        self.oracle, self.number = oracle, number
        self.ansi = self.rng.random() < 0.7
        self.zone = self.rng.choice(ZONES)
        self.lines = [line(row(self.rng)) for _ in range(ROWS)]
        self.path = os.path.join(scratch, "rows-%d.json" % number)
        with open(self.path, "w", encoding="utf-8") as f:
            f.write("".join(x + "\n" for x in self.lines))
        self.maker = Maker(self.rng)

    def open(self):
        self.oracle.session(self.ansi, self.zone)
        self.oracle.table("v", SCHEMA, self.path)

    def compare(self, expression):
        """None, or what differs: (what, row or None, Spark's, medal's)."""
        sql = "SELECT %s AS x FROM v" % expression
        spark = self.oracle.query(sql)
        if spark.refused and spark.refused.startswith("!!"):
            return None
        # A bare column would be passed on as it came.
        medal = medal_query(sql, self.path, self.ansi, self.zone, SCHEMA, describe=not spark.refused)
        if spark.refused or medal.refused:
            # A constant that fails: Spark refuses the query, medal fails each row.
            fails = [x == spark.refused or spark.refused and spark.refused.startswith("!?") and isinstance(x, str)
                     for x in medal.rows or []]
            one = spark.refused == medal.refused or any(fails) and all(f or x == [None] for f, x in zip(fails, medal.rows))
            return None if one else ("refused", None, spark.refused or spark.types[0],
                                                                medal.refused + " " + medal.said[:300] if medal.refused else medal.rows[:2], None)
        if "x " + spark.types[0] != medal.types:
            return ("type", None, spark.types[0], medal.types, None)
        bad = [k for k, (a, b) in enumerate(zip(spark.rows, medal.rows)) if not same_row(a, b)]
        if not bad:
            return None
        if bad:  # the optimiser leaves failing parts out, and makes lower(x) of lower(upper(x))
            self.oracle.optimise(False)
            plain = self.oracle.query(sql)
            self.oracle.optimise(True)
            if not plain.refused:
                bad = [k for k in bad if not same_row(plain.rows[k], medal.rows[k])] or [-1]
            elif all(medal.rows[k] == plain.refused for k in bad):
                bad = [-1]
            if bad == [-1]:
                return ("optimised away", None, None, None, None)
        return ("value", bad[0], spark.rows[bad[0]], medal.rows[bad[0]], self.lines[bad[0]])

    def narrow(self, node, found):
        for child in node.children:
            if child.name:
                d = self.compare(child)
                if d:
                    return self.narrow(child, d)
        return node, found


def argument_fails(batch, node, d):
    """Is the one's error that of an argument, where the other found a NULL, or another failing argument, first?"""
    errors = {x for x in [d[2], d[3]] + (d[3] if isinstance(d[3], list) else []) if isinstance(x, str) and x.startswith("!")}
    for child in node.children:
        sql = "SELECT %s AS x FROM v" % child
        spark = batch.oracle.query(sql)
        at = spark.refused or (spark.rows[d[1]] if d[1] is not None else next((x for x in spark.rows if isinstance(x, str) and x in errors), None))
        if isinstance(at, str) and (at in {e.split(" ")[0] for e in errors} or at.startswith("!?")):
            return True
    return False


def explained(batch, node, d):
    """The reason (a word of medal-sql(7), DIFFERENCES) or None."""
    if d[0] == "refused" and d[3] == [[None], [None]] and not d[2].startswith("!DATATYPE"):
        return "order of arguments"
    if d[0] != "type" and (isinstance(d[2], str) or isinstance(d[3], str)) and argument_fails(batch, node, d):
        return "order of arguments"
    if d[0] == "value" and "'z'" in str(node) and ("date_format" in node.name or "from_unixtime" in node.name):
        return "names of zones"
    if node.name in ("_[_]", "element_at(_, _)") and d[0] == "value" and d[3] == [None] and "array(" in str(node):
        return "a NULL index"
    if d[0] == "value" and "\ufffd" in str(d[2]) and "\ufffd" in str(d[3]):
        return "invalid UTF-8"
    if ">>>" in str(node) and d[2] == "!PARSE_SYNTAX_ERROR":
        return "Spark's parser and >>>"
    if str(d[2]).startswith("!?java.lang.ArithmeticException") and (d[3] == [None] or d[3] == [[None], [None]]):
        return "exceptions without a class"
    if "'dateFormat'" in node.name and str(d[2]).startswith("!?"):
        return "time of day in a dateFormat"
    if d[0] in ("value", "refused") and re.search("294247|290308|5881580|5877641", str(d[2]) + str(d[3])
                                     + (json.loads(d[4]).get("tt") or "" if d[4] and "tt" in str(node) else "")):
        return "ends of 64 bits"
    if "٣" in str(d[2]) + str(d[3]) or d[0] == "value" and DIGITS in (d[4] or ""):
        return "digits of other scripts"
    if d[0] == "value" and isinstance(d[2], str) and d[2].startswith("!?") and re.search(r"\btry_", str(node)):
        return "exceptions without a class in try_"
    if d[0] == "optimised away":
        return d[0]
    if d[0] == "value" and isinstance(d[2], list) and isinstance(d[3], list) and isinstance(d[2][0], str) \
            and isinstance(d[3][0], str) and "E" in d[2][0] and same_digits(d[2][0], d[3][0]):
        return "digits of JDK 17"
    if d[0] == "value" and isinstance(d[2], list) and isinstance(d[3], list) and len(d[2]) == len(d[3]) == 1 \
            and isinstance(d[2][0], Number) and isinstance(d[3][0], Number) and close(d[2][0], d[3][0]):
        return "last digit"
    return None


def main():
    ap = argparse.ArgumentParser(usage=__doc__)
    ap.add_argument("--seed", type=int, default=int(time.time()))
    ap.add_argument("--comparisons", type=int, default=20000)
    ap.add_argument("--batch", type=int)
    ap.add_argument("--only", default="")
    ap.add_argument("--show", type=int, default=40)
    ap.add_argument("--depth", type=int, default=3)
    ap.add_argument("--batch-size", type=int, default=EXPRESSIONS)
    a = ap.parse_args()
    oracle = Oracle()
    compared = wrong = 0
    seen, reasons = collections.Counter(), collections.Counter()
    with tempfile.TemporaryDirectory() as scratch:
        number = a.batch or 0
        while compared < a.comparisons:
            batch = Batch(oracle, a.seed, number, scratch)
            batch.open()
            for k in range(a.batch_size):
                if a.only:
                    rules = [x for x in batch.maker.rules if a.only in x[1]]
                    node = batch.maker.apply(*batch.rng.choice(rules), batch.rng.randrange(1, a.depth + 1))
                else:
                    node = batch.maker.any_rule(batch.rng.randrange(1, a.depth + 1))
                compared += ROWS
                d = batch.compare(node)
                if not d:
                    continue
                node, d = batch.narrow(node, d)
                why = explained(batch, node, d)
                if why:
                    reasons[why] += 1
                    continue
                wrong += 1
                seen[node.name] += 1
                if seen[node.name] > 2 or sum(seen.values()) > a.show * 3:
                    continue
                print("batch %d ansi %s %s: %s\n  %s: Spark %.300s\n  medal %.300s" %
                      (number, "on" if batch.ansi else "off", batch.zone, node, d[0], d[2], d[3]))
                if d[1] is not None:
                    used = set(re.findall(r"\w+", str(node)))
                    print("  row", {k: v for k, v in json.loads(batch.lines[d[1]], parse_float=str).items() if k in used})
                sys.stdout.flush()
            number += 1
            if a.batch is not None:
                break
    for name, n in seen.most_common(a.show):
        print("%5d  %s" % (n, name))
    for why, n in reasons.items():
        print("%5d  explained: %s" % (n, why), file=sys.stderr)
    print("seed %d: %d comparisons, %d expressions differ" % (a.seed, compared, wrong))
    return wrong != 0


if __name__ == "__main__":
    sys.exit(main())
