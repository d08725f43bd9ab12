# SPDX-License-Identifier: MIT
"""Random typed rows, and random well-typed expressions over them, from expression_catalogue.txt."""
import json
import os
import re

HERE = os.path.dirname(os.path.abspath(__file__))

COLUMNS = {
    "b": "BOOLEAN", "i8": "TINYINT", "i16": "SMALLINT", "i32": "INT", "k": "INT", "i64": "BIGINT", "f32": "FLOAT",
    "f64": "DOUBLE", "g": "DOUBLE", "d5": "DECIMAL(5,2)", "d18": "DECIMAL(18,4)", "d38": "DECIMAL(38,10)",
    "d0": "DECIMAL(38,0)", "s": "STRING", "s2": "STRING", "nt": "STRING", "tt": "STRING", "j": "STRING",
    "bin": "BINARY", "dt": "DATE", "dt2": "DATE", "ts": "TIMESTAMP", "ts2": "TIMESTAMP", "ntz": "TIMESTAMP_NTZ",
    "ai": "ARRAY<INT>", "ai2": "ARRAY<INT>", "ast": "ARRAY<STRING>", "af": "ARRAY<DOUBLE>", "adt": "ARRAY<DATE>",
    "aai": "ARRAY<ARRAY<INT>>", "m": "MAP<STRING, INT>", "m2": "MAP<STRING, INT>", "st": "STRUCT<x: INT, y: STRING>",
    "st2": "STRUCT<x: INT, y: STRING>",
}
SCHEMA = ", ".join("%s %s" % x for x in COLUMNS.items())

# What an expression of a type may be without a call.
LEAVES = {
    "bool": ["b", "true", "false", "CAST(NULL AS BOOLEAN)"],
    "i8": ["i8", "1Y", "CAST(NULL AS TINYINT)", "-128Y", "127Y"],
    "i16": ["i16", "7S", "-32768S"],
    "i32": ["i32", "k", "0", "1", "-1", "2147483647", "-2147483648", "CAST(NULL AS INT)"],
    "i64": ["i64", "0L", "3L", "-9223372036854775808L", "9223372036854775807L", "CAST(NULL AS BIGINT)"],
    "f32": ["f32", "1.5F", "FLOAT('NaN')", "CAST(NULL AS FLOAT)"],
    "f64": ["f64", "g", "g", "2.5D", "0D", "-0D", "1e300", "DOUBLE('NaN')", "DOUBLE('Infinity')", "CAST(NULL AS DOUBLE)"],
    "dec": ["d5", "d18", "d38", "d0", "1.5", "0.00", "99999999999999999999999999999999999999", "CAST(NULL AS DECIMAL(7,3))",
            "0.1", "123.456"],
    "str": ["s", "s2", "nt", "tt", "'a'", "''", "'Spark SQL'", "' x '", "CAST(NULL AS STRING)", "'é😀'"],
    "bin": ["bin", "X'00FF'", "X''", "CAST(NULL AS BINARY)"],
    "date": ["dt", "dt2", "DATE'2024-02-29'", "DATE'1582-10-15'", "CAST(NULL AS DATE)"],
    "ts": ["ts", "ts2", "TIMESTAMP'2024-03-31 02:30:00'", "TIMESTAMP'1969-12-31 23:59:59.999999Z'", "CAST(NULL AS TIMESTAMP)"],
    "ntz": ["ntz", "TIMESTAMP_NTZ'2024-03-31 02:30:00'", "CAST(NULL AS TIMESTAMP_NTZ)"],
    "dt": ["INTERVAL '1 02:03:04.5' DAY TO SECOND", "INTERVAL '-3' HOUR", "INTERVAL 10 SECONDS", "make_dt_interval(k, k)",
           "INTERVAL '106751991' DAY", "CAST(NULL AS INTERVAL DAY TO SECOND)"],
    "ym": ["INTERVAL '1-2' YEAR TO MONTH", "INTERVAL '-5' MONTH", "make_ym_interval(k, k)", "INTERVAL '178956970' YEAR",
           "CAST(NULL AS INTERVAL YEAR TO MONTH)"],
    "st": ["st", "st2"],
    "m:str:i32": ["m", "m2"],
    "a:i32": ["ai", "ai2", "array(1, 2, NULL)", "array(3)"],
    "a:str": ["ast", "array('a', NULL, 'b')"],
    "a:f64": ["af"],
    "a:date": ["adt"],
    "a:a:i32": ["aai"],
    # with a purpose
    "k": ["k", "k", "k", "0", "1", "2", "3", "-1", "5", "CAST(NULL AS INT)"],
    "ck": ["0", "1", "2", "-1", "3"],
    "yk": ["2024", "1", "1582", "9999", "-1", "10000", "i32", "k"],
    "sec": ["k", "59.999999", "30.5", "60", "60.1", "d5", "0"],
    "base": ["10", "16", "2", "-10", "36", "k"],
    "bits": ["0", "224", "256", "384", "512", "1", "k"],
    "numtext": ["nt", "nt", "nt", "'12'", "' -7.5e2 '", "s"],
    "timetext": ["tt", "tt", "tt", "'2024-02-29'", "'2024-02-29 12:34:56.789'", "s"],
    "json": ["j", "j", "j", "s", "to_json(st)", "to_json(ai)"],
    "cjson": ["'{\"a\":1,\"b\":[1.5,null]}'", "'[1,2]'", "'{}'", "'nope'"],
    "charset": ["'utf-8'", "'UTF-16'", "'iso-8859-1'", "'us-ascii'", "'utf-16le'", "'UTF-16BE'", "'nope'"],
    "zone": ["'UTC'", "'Europe/Berlin'", "'America/Los_Angeles'", "'+05:30'", "'Asia/Kathmandu'", "s"],
    "dayname": ["'MON'", "'tuesday'", "'Su'", "'x'", "s"],
    "field": ["YEAR", "QUARTER", "MONTH", "WEEK", "DAY", "DAYOFWEEK", "DOW", "DOW_ISO", "DOY", "YEAROFWEEK", "HOUR", "MINUTE",
              "SECOND"],
    "unit": ["'YEAR'", "'MM'", "'quarter'", "'WEEK'", "'DAY'", "'HOUR'", "'minute'", "'SECOND'", "'MILLISECOND'",
             "'microsecond'", "'x'", "s"],
    "uunit": ["YEAR", "QUARTER", "MONTH", "WEEK", "DAY", "HOUR", "MINUTE", "SECOND", "MILLISECOND", "MICROSECOND"],
    "urlpart": ["'HOST'", "'PATH'", "'QUERY'", "'REF'", "'PROTOCOL'", "'FILE'", "'AUTHORITY'", "'USERINFO'", "'x'"],
    "url": ["'http://u:p@host.com:80/a/b;c?a=1&b=2#frag'", "'https://x.org'", "'ftp://[::1]/p?a'", "'mailto:a@b.c'",
            "'http://h/%20?q=a%26b'", "s", "'http://h/a b'", "'/rel/path?a=5'"],
    "tofmt": ["'999'", "'000.00'", "'$99,999.9'", "'S9,999.99'", "'999PR'", "'MI99'", "'99S'", "'9.99'", "'000,000'", "'99,9'"],
    "like": ["'a%'", "'%a%'", "'_b%'", "'%\\\\%%'", "''", "'%'", "'%é_'", "s", "'A%b'"],
    "repl": ["'<$0>'", "'x'", "''", "'$1'", "'\\\\$'", "'a\\\\\\\\b'"],
    "pat": [r"'a'", r"'[a-z]+'", r"'(\\w)(\\d)?'", r"'^\\s*(.*?)\\s*$'", r"'\\b'", r"''", r"'[^a-c]'", r"'(?i)SPARK'", r"'.'", r"'\\d{1,3}'",
            r"'(a|b)*'", r"'[\\p{L}&&[^a]]'", r"'\\p{Lu}'", r"'x*'", r"'$'", r"'\\.'", r"'('", r"'(?<n>.)\\k<n>'", r"'\\Q.\\E'",
            r"'[\\w.]+@'", r"'\\h'", r"'a++b'", r"'\\p{Alpha}+'", r"'s'", r"'\\R'", r"'(?=a)'", r"'[a-z&&[^b]]'"],
    "path": ["'$.a'", "'$'", "'$.b[0]'", "'$.b[*].c'", "'$.a.b'", "'$[1]'", "'$[*]'", "'$.*'", "'$[\\'a\\']'", "'a'", "'$.b[0].c'"],
    "fmt": ["'yyyy-MM-dd'", "'yyyy-MM-dd HH:mm:ss'", "'dd/MM/yy'", "'MMM d, yyyy'", "'E, dd MMMM yyyy'", "'yyyyMMddHHmmss'",
            "'yyyy-MM-dd\\'T\\'HH:mm:ss.SSSXXX'", "'hh:mm a'", "'D'", "'Q yyyy'", "'q'", "'y'", "'M'", "'HH:mm:ss.SSSSSS'",
            "'yyyy-MM-dd[ HH:mm]'", "'VV'", "'z'", "'O'", "'Z'", "'x'", "'G yyyy'", "'EEEE'", "'kk:mm'", "'KK a'", "'LLL'", "'F'",
            "'yyyy/M/d H:m:s'"],
}
PLAIN = ["bool", "i8", "i16", "i32", "i64", "f32", "f64", "dec", "str", "bin", "date", "ts", "ntz"]
CLASSES = {
    "int": ["i8", "i16", "i32", "i64"],
    "num": ["i8", "i16", "i32", "i64", "f32", "f64", "dec", "dec", "i32", "f64"],
    "time": ["date", "ts", "ntz"],
    "any": PLAIN,
    "T": ["i32", "str", "f64", "date"],
    "U": ["i32", "str", "dec", "ts"],
}


class Node:
    """An expression: its template with children in the braces."""

    def __init__(self, template, children, kind, name):
        self.template, self.children, self.kind, self.name = template, children, kind, name

    def __str__(self):
        parts = iter(self.children)
        if not self.children:
            return self.template
        return re.sub(r"\{[^{}]*\}", lambda m: str(next(parts)), self.template)

    def size(self):
        return 1 + sum(c.size() for c in self.children)


class Maker:
    def __init__(self, rng):
        self.rng = rng
        self.rules = []
        with open(os.path.join(HERE, "expression_catalogue.txt"), encoding="utf-8") as f:
            for line in f:
                if " := " in line and not line.startswith("#"):
                    kind, template = line.rstrip("\n").split(" := ")
                    self.rules.append((kind, template))
        self.by_kind = {}
        for kind, template in self.rules:
            for k in [kind] if kind not in CLASSES else CLASSES[kind] if kind != "any" else []:
                self.by_kind.setdefault(k, []).append((kind, template))
            if kind.startswith("a:T"):
                for t in CLASSES["T"]:
                    self.by_kind.setdefault("a:" + t, []).append((kind, template))

    def leaf(self, kind):
        if kind in LEAVES:
            return Node(self.rng.choice(LEAVES[kind]), [], kind, "")
        if kind.startswith("a:"):
            return Node("array({x}, {x})", [self.leaf(kind[2:]), self.leaf(kind[2:])], kind, "array")
        raise KeyError(kind)

    def make(self, kind, depth):
        """A random expression of KIND, at most DEPTH calls deep."""
        r = self.rng
        if kind in CLASSES:
            kind = r.choice(CLASSES[kind])
        rules = self.by_kind.get(kind)
        if depth <= 0 or not rules or r.random() < 0.25:
            return self.leaf(kind)
        return self.apply(*r.choice(rules), depth, kind)

    def apply(self, of, template, depth, kind=None):
        r = self.rng
        bound = {}
        if of in ("T", "a:T") and kind:
            bound["T"] = kind[2:] if of == "a:T" else kind

        def typed(word):
            for var in ("T", "U"):
                if var in word.split(":"):
                    word = ":".join(bound.setdefault(var, r.choice(CLASSES[var])) if w == var else w for w in word.split(":"))
            return word

        children = [self.make(typed(w), depth - 1) for w in re.findall(r"\{([^{}]*)\}", template)]
        name = re.sub(r"\{[^{}]*\}", "_", template)
        return Node(template, children, kind or of, name)

    def any_rule(self, depth):
        """Each rule in turn is equally likely at the top."""
        return self.apply(*self.rng.choice(self.rules), depth)


# ---- rows ----

TEXTS = ["", "a", "b", "abc", "A b", "Spark SQL", "äöü", "ÄÖÜß", "ſtraße", "İstanbul", "\u0130i\u0307", "ΑΣ", "Σας", "é", "e\u0301", "😀", "a😀b",
         "\u200b", "\u00a0x\u00a0", "\ufeff", "\t x\n", "a,b:c", "a.b.c", "%_\\", "x'y\"z", "\\d+", "line1\nline2\r\nline3", "\u2028", "NaN",
         "null", "true", "T", "yes", " f ", "MON", "ＡＢＣ", "٣٤", "日本語テキスト", "aaaaabbbbb", "www.apache.org", "Ab12-xYz", "4111111111111111", "ﬁ",
         "\U0001F1E9\U0001F1EA", "a\u0000b", "%41+b%2", "1a2b3c"]
NUMBERS = ["0", "1", "-1", "12", "007", "+5", " 42 ", "3.14", "-0.5", ".5", "5.", "1e3", "1E-3", "-1.5e+2", "127", "128", "-129", "32768", "2147483647",
           "2147483648", "-2147483649", "9223372036854775807", "9223372036854775808", "1e400", "1e-400", "NaN", "Infinity", "-inf", "+Infinity", "1d",
           "1f", "1L", "0x1F", "FF", "ff", "1_000", "1,234.5", "$45.6", "12-", "<7>", "", " ", "abc", "1e", "--1", "٣", "12345678901234567890.123",
           "0.000000000000000000000000000000000000001", "99999999999999999999999999999999999999999", "1 2", "1\n", "\u00a01"]
TIMES = ["2024-02-29", "2023-02-29", "2024-2-9", "2024", "2024-02", "0001-01-01", "1582-10-04", "1582-10-10", "9999-12-31", "10000-01-01", "+10000-01-01",
         "-0044-03-15", "2024-02-29 12:34:56", "2024-02-29T12:34:56.123456789Z", "2024-02-29 12:34:56+01:00", "2024-03-31 02:30:00",
         "2024-10-27 02:30:00 Europe/Berlin", "2024-03-10 02:30:00", "2024-11-03 01:30:00", "2024-02-29 24:00:00", "2024-02-29 1:2:3", "12:34", "T12:34:56",
         "2024-02-29 12:34:56 UTC", "2024-02-29 12:34:56 GMT+1", "2024-02-29 12:34:56.1 -0800", "1969-12-31 23:59:59.5", "20240229", "20240229123456",
         "29/02/24", "Feb 29, 2024", "Thu, 29 February 2024", "12:34 PM", "60", "epoch", "today", " 2024-02-29 ", "2024-02-29x", "2024-13-01", "",
         "1883-11-18 12:00:00", "0000-01-01", "294247-01-10 04:00:54.775807", "-290308-12-21 19:59:05.224192", "1 2024", "AD 2024"]
JSONS = ['{"a":1,"b":[1,2]}', '{"a":{"b":"x"},"b":[{"c":1},{"c":2}]}', '[1,2,3]', '[]', '{}', '{"x":5,"y":"t"}', '{"x":null,"y":1.50}', '{"a":"é\\n\\u0041"}', "{'a':1}",
         '{"a":01}', '{"a":1', 'null', '5', '"s"', 'true', ' {"a" : 1e2 } ', '{"a":1,"a":2}', '{"b":1.0,"c":["1",2,null,{"d":1}]}', '{"a":12345678901234567890}',
         '[[1,2],[3]]', '', '{"a":NaN}', '{"x":"5"}', '[{"a":1},{"a":2}]', '{"A":1}', '{"a":1} x']
DATES = ["0001-01-01", "1582-10-04", "1582-10-15", "1600-02-29", "1700-01-01", "1900-03-01", "1969-12-31", "1970-01-01", "2000-02-29", "2024-02-29",
         "2024-03-31", "2024-12-30", "2024-12-31", "2025-01-01", "9999-12-31", "+10000-01-01", "-0001-05-05", "2021-01-03"]
STAMPS = ["0001-01-01T00:00:00Z", "1582-10-14T23:59:59.999999Z", "1883-11-18T20:00:00Z", "1900-01-01T00:00:00Z", "1969-12-31T23:59:59.999999Z",
          "1970-01-01T00:00:00Z", "2024-03-10T10:30:00Z", "2024-03-31T01:30:00Z", "2024-10-27T00:30:00Z", "2024-10-27T01:30:00Z", "2024-11-03T08:30:00Z",
          "2024-11-03T09:30:00.5Z", "2024-02-29T12:34:56.789Z", "2038-01-19T03:14:08Z", "9999-12-31T23:59:59.999999Z", "+10000-01-01T00:00:00Z",
          "2100-07-01T12:00:00Z", "1945-05-24T01:30:00Z", "2011-12-30T12:00:00Z"]


def row(r):
    pick = r.choice
    maybe = lambda v: None if r.random() < 0.12 else v
    integer = lambda bits: pick([0, 1, -1, r.randrange(-50, 50), 2 ** (bits - 1) - 1, -2 ** (bits - 1), r.randrange(-2 ** (bits - 1), 2 ** (bits - 1))])
    real = lambda: pick([0.0, -0.0, 1.5, -2.5, 0.5, r.uniform(-10, 10), r.uniform(-1e6, 1e6), 1e10, 1.25e-7, 1.7976931348623157e308, 5e-324,
                         "NaN", "Infinity", "-Infinity", 3.0000000000000004, 1e22, 123456789.125, -0.1])
    narrow = lambda: pick([0.0, 1.5, -2.5, 0.1, 3.4028235e38, 1.4e-45, "NaN", "Infinity", 1e10, round(r.uniform(-100, 100), 3)])

    def decimal(p, s):
        n = pick([0, 1, -1, 10 ** p - 1, -(10 ** p - 1), r.randrange(-10 ** p + 1, 10 ** p), r.randrange(-1000, 1000), 5 * 10 ** max(s - 1, 0)])
        digits = str(abs(n)).rjust(s + 1, "0")
        return Exact(("-" if n < 0 else "") + (digits[:-s] + "." + digits[-s:] if s else digits))

    array = lambda f: pick([[], [f()], [f(), None], [f(), f(), f()], [None], [f() for _ in range(r.randrange(6))]])
    text = lambda: pick(TEXTS)
    small = lambda: pick([0, 1, 2, 3, 4, 5, 7, 10, 12, 31, 59, -1, -2, -3, 100])
    mapping = lambda: {pick(["a", "b", "c", "", "é"]): maybe(r.randrange(9)) for _ in range(r.randrange(4))}
    stamp = lambda: pick(STAMPS + ["%04d-%02d-%02dT%02d:%02d:%02d.%06dZ" % (r.randrange(1, 9999), r.randrange(1, 13), r.randrange(1, 29), r.randrange(24),
                                                                          r.randrange(60), r.randrange(60), r.randrange(10 ** 6))])
    date = lambda: pick(DATES + ["%04d-%02d-%02d" % (r.randrange(1, 9999), r.randrange(1, 13), r.randrange(1, 29))])
    record = lambda: {"x": maybe(small()), "y": maybe(text())}
    values = {
        "b": pick([True, False]), "i8": integer(8), "i16": integer(16), "i32": integer(32), "k": small(), "i64": integer(64), "f32": narrow(),
        "f64": real(), "g": pick([r.uniform(-10, 10), r.uniform(-1, 1), 0.5, 2.0, -3.5, 1.0, 1e3]), "d5": decimal(5, 2), "d18": decimal(18, 4),
        "d38": decimal(38, 10), "d0": decimal(38, 0), "s": text(), "s2": text(), "nt": pick(NUMBERS), "tt": pick(TIMES), "j": pick(JSONS),
        "bin": pick(["", "AA==", "AP8=", "YWJj", "8J+YgA==", "//79"]), "dt": date(), "dt2": date(), "ts": stamp(), "ts2": stamp(), "ntz": stamp()[:-1],
        "ai": array(small), "ai2": array(small), "ast": array(text), "af": array(real), "adt": array(date), "aai": array(lambda: array(small)),
        "m": mapping(), "m2": mapping(), "st": record(), "st2": record(),
    }
    return {c: maybe(v) for c, v in values.items()}


class Exact(float):
    """A number with all its digits."""

    def __new__(cls, text):
        self = super().__new__(cls, text)
        self.text = text
        return self

    def __repr__(self):
        return self.text


def line(values):
    out = []
    for k, v in values.items():
        out.append("%s:%s" % (json.dumps(k), v.text if isinstance(v, Exact) else json.dumps(v, ensure_ascii=False)))
    return "{" + ",".join(out) + "}"
