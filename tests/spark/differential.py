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


# Of each reason in DIFFERENCES FROM SPARK of medal-sql(7) a rule below says what it is taken for.
LAST_DIGIT = re.compile(r"^(\w+)\(")
OTHER_LIBRARY = {"sin", "cos", "tan", "cot", "sec", "csc"}
ENDS = re.compile(r"294247-01-(09|10)|290308-12-2[123]")
# A type to which Java takes digits of other scripts.
DECIMALS = re.compile(r"DECIMAL|to_number|from_csv|\b(d5|d18|d38|d0)\b")
DIGITS = re.compile("[٣٤]")


def close(a, b):
    """Within two units of the last place of a DOUBLE."""
    x, y = float(a), float(b)
    return x == y or math.isnan(x) and math.isnan(y) or math.isfinite(x) and abs(x - y) <= 2 * math.ulp(x)


def longer_digits(spark, medal, kind):
    """JDKs before 19 write some numbers with a digit more than they need; as a FLOAT or DOUBLE they are the same."""
    if "E" not in spark or len(spark) <= len(medal):
        return False
    try:
        x, y = float(spark), float(medal)
        return x == y or kind in ("FLOAT", "STRING") and struct.pack("f", x) == struct.pack("f", y)
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


# What differs: WHAT is "refused", "type", "value" or "optimised away"; ROW its number or None; LINE its JSON; TYPE Spark's.
Difference = collections.namedtuple("Difference", "what row spark medal line type", defaults=(None, None, None, None, None))


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
            return None if one else Difference("refused", None, spark.refused or spark.types[0],
                                               medal.refused + " " + medal.said[:300] if medal.refused else medal.rows)
        if "x " + spark.types[0] != medal.types:
            return Difference("type", None, spark.types[0], medal.types)
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
                return Difference("optimised away")
        return Difference("value", bad[0], spark.rows[bad[0]], medal.rows[bad[0]], self.lines[bad[0]], spark.types[0])

    def narrow(self, node, found):
        for child in node.children:
            if child.name:
                d = self.compare(child)
                if d:
                    return self.narrow(child, d)
        return node, found


def classes(answer):
    """The error classes in an answer: of a query, of a row, or of one of all rows."""
    found = answer if isinstance(answer, list) else [answer]
    return {x.split(" ")[0] for x in found if isinstance(x, str) and x.startswith("!")}


def order_of_arguments(batch, node, d):
    """Is each error of the two that of an argument, or is one side's answer the NULL of an argument?"""
    if d.what == "type" or not classes(d.spark) | classes(d.medal):
        return False
    errors, null = set(), False
    for child in node.children:
        spark = batch.oracle.query("SELECT %s AS x FROM v" % child)
        rows = [spark.refused] if spark.refused else spark.rows if d.row is None else [spark.rows[d.row]]
        errors |= classes(rows)
        null = null or [None] in rows
    nulls = d.medal == [None] or d.what == "refused" and isinstance(d.medal, list) and all(
        x == [None] or isinstance(x, str) for x in d.medal)
    if nulls and null:  # medal stopped at the NULL, Spark found a failure of its own
        return True
    plain = any(e.startswith("!?") for e in errors)
    return any(found and (found <= errors or plain) for found in (classes(d.spark), classes(d.medal)))


def same_without(batch, node, letter, what):
    """Do both agree on the expression without LETTER in what begins with WHAT?"""
    return batch.compare(str(node).replace(what, what.replace(letter, ""))) is None


def null_index(batch, node, d):
    """Spark 4.1 gives 0 or '' for a NULL index into an array without NULLs."""
    if node.name not in ("_[_]", "element_at(_, _)", "try_element_at(_, _)") or d.medal != [None]:
        return False
    index = batch.oracle.query("SELECT %s AS x FROM v" % node.children[1])
    if index.refused or index.rows[d.row] != [None]:
        return False
    return d.spark in ([Number("0")], [""], [False], [Number("0.0")], ["1970-01-01"])


def explained(batch, node, d):
    """The reason (a word of medal-sql(7), DIFFERENCES FROM SPARK) or None."""
    if d.what == "optimised away":
        return d.what
    if d.what == "type":
        return None
    value = d.what == "value"
    texts = value and isinstance(d.spark, list) and isinstance(d.medal, list) and len(d.spark) == len(d.medal) == 1 \
        and isinstance(d.spark[0], str) and isinstance(d.medal[0], str)
    if texts:
        a, b = d.spark[0], d.medal[0]
        numbers = isinstance(a, Number) and isinstance(b, Number)
        function = LAST_DIGIT.match(node.name)
        if numbers and float(a) != float(b) and function and function.group(1) in OTHER_LIBRARY and close(a, b):
            return "the last digit"
        if longer_digits(a, b, d.type):
            return "digits of JDK 17"
        if "'z'" in str(node) and re.match("date_format|from_unixtime", node.name) and same_without(batch, node, "z", "'z'"):
            return "names of zones"
        if "\ufffd" in a and re.sub("\ufffd+", "?", a) == re.sub("\ufffd+", "?", b):
            return "invalid UTF-8"
    if value and null_index(batch, node, d):
        return "a NULL index"
    if ">>>" in node.name and d.spark == "!PARSE_SYNTAX_ERROR" and not isinstance(d.medal, str):
        return "Spark's parser"
    if "'dateFormat'" in node.name and str(d.spark).startswith("!?") and not isinstance(d.medal, str):
        return "time of day in a dateFormat"
    if str(d.spark).startswith("!?") and (d.medal == [None] or isinstance(d.medal, list) and not classes(d.medal)
                                          and all(x == [None] for x in d.medal)):
        return "exceptions without a class"
    row = json.loads(d.line) if d.line else {}
    used = " ".join(str(row.get(w, "")) for w in set(re.findall(r"\w+", str(node))))
    if ENDS.search("%s %s %s" % (d.spark, d.medal, used)) and re.search("TIMESTAMP|ts|tt", str(node) + str(d.type)):
        return "ends of 64 bits"
    if DECIMALS.search(str(node)) and DIGITS.search(str(d.spark) + str(d.medal) + str(node) + used):
        return "digits of other scripts"
    if order_of_arguments(batch, node, d):
        return "order of arguments"
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
                      (number, "on" if batch.ansi else "off", batch.zone, node, d.what, d.spark, d.medal))
                if d.row is not None:
                    used = set(re.findall(r"\w+", str(node)))
                    print("  row", {k: v for k, v in json.loads(batch.lines[d.row], parse_float=str).items() if k in used})
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
