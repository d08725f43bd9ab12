# SPDX-License-Identifier: MIT
"""Joins, explode, lambda functions and queries in queries over the same rows, in Spark and in medal-transform."""
import json
import os
import random
import subprocess
import sys
import tempfile

from transform_rows import same

SCHEMA = ("id INT, k STRING, v DOUBLE, tags ARRAY<STRING>, items ARRAY<STRUCT<sku: STRING, q: INT, p: DOUBLE>>, "
          "m MAP<STRING, INT>, nested ARRAY<ARRAY<INT>>, st STRUCT<x: INT, y: STRING>")
# Queries for declared columns; those marked * for undeclared ones, too.
SELECTS = [
    "*SELECT s.id, s.k, u.name, v FROM x s JOIN u ON s.id = u.id",
    "*SELECT s.id, u.name FROM x s LEFT JOIN u ON s.id = u.id AND u.lo < v",
    "*SELECT s.id, v FROM x s LEFT SEMI JOIN u ON s.id = u.id AND s.k = u.k",
    "*SELECT s.id, v FROM x s LEFT ANTI JOIN u ON s.id = u.id AND v > u.lo",
    "*SELECT s.id, u.name, c.city FROM x s LEFT JOIN u ON s.id <=> u.id JOIN c ON u.k = c.k",
    "*SELECT s.id, u.name FROM x s JOIN u ON s.id + 1 = u.id WHERE u.lo IS NOT NULL",
    "*SELECT s.id, u.name FROM x s CROSS JOIN u WHERE u.lo < v AND v < u.hi",
    "*SELECT s.id, u.name FROM x s JOIN u ON u.lo <= v AND v < u.hi",
    "*SELECT id, s.k, name, lo FROM x s JOIN u USING (id)",
    "*SELECT id, k, name FROM x JOIN u USING (id, k)",
    "*SELECT id, k, city FROM x LEFT JOIN c USING (k) WHERE city IS NULL OR city <> 'Rome'",
    "SELECT s.id, u.name FROM x s JOIN u ON CAST(s.id AS STRING) = u.id AND upper(s.k) = upper(u.k)",
    "SELECT s.id, c.k FROM x s JOIN c ON s.st.y = c.k",
    "*SELECT id, explode(tags) AS tag FROM x WHERE id > 2",
    "*SELECT id, explode_outer(tags) FROM x",
    "*SELECT id, posexplode(tags) AS (i, tag) FROM x",
    "*SELECT id, i.sku, i.q * 2 AS qq FROM x LATERAL VIEW explode(items) t AS i",
    "*SELECT id, i.sku, tag, pos FROM x LATERAL VIEW OUTER explode(items) t AS i LATERAL VIEW posexplode_outer(tags) t2 AS pos, tag",
    "*SELECT id, t.i.q FROM x LATERAL VIEW OUTER explode(items) t AS i WHERE t.i.q > 1 OR i IS NULL",
    "SELECT id, inline(items) FROM x",
    "SELECT id, a, b, c FROM x LATERAL VIEW OUTER inline(items) t AS a, b, c",
    "SELECT id, explode(m) FROM x",
    "SELECT id, pos, kk, vv FROM x LATERAL VIEW OUTER posexplode(m) t AS pos, kk, vv",
    "SELECT id, w, z FROM x LATERAL VIEW explode(nested) a AS w LATERAL VIEW OUTER explode(w) b AS z",
    "*SELECT id, stack(2, 'id', id, 'n', id + 1) AS (name, value) FROM x",
    "*SELECT e.id, u.name, i.sku FROM (SELECT id, explode(items) AS i FROM x) e LEFT JOIN u ON i.q = u.id",
    "*WITH a AS (SELECT id, id + 1 AS n, v FROM x WHERE v > 0), b AS (SELECT n * 2 AS m, id AS i FROM a WHERE id IS NOT NULL) SELECT m, i, m + i AS z FROM b WHERE m > 4",
    "*WITH a AS (SELECT id, explode(tags) AS tag FROM x), b AS (SELECT id, tag || '!' AS t2 FROM a WHERE tag <> 'a') SELECT b.id, t2, name FROM b LEFT JOIN u ON b.id = u.id",
    "*SELECT id, v FROM x WHERE v > 0 AND id IN (SELECT id FROM u WHERE lo > 0.75)",
    "*SELECT id, k FROM x s WHERE upper(k) IN (SELECT upper(t.k) FROM c AS t)",
    "*SELECT n, count FROM (SELECT id AS n, size(tags) AS count FROM x) y WHERE count > 0",
    "SELECT id + 1 AS a, a * 2 AS b, a + b AS c FROM x",
    "SELECT st.*, id FROM x",
    "SELECT * EXCEPT (items, m, nested, st, tags) FROM x",
    "SELECT t.* FROM (SELECT id, k FROM x) t",
    "*SELECT id, transform(tags, t -> upper(t)) AS a, transform(tags, (t, i) -> concat(t, i, k)) AS b FROM x",
    "*SELECT id, filter(tags, t -> t > 'a') AS a, filter(tags, (t, i) -> i > 0 AND t IS NOT NULL) AS b, filter(tags, t -> t IS NULL) AS c FROM x",
    "*SELECT id, exists(tags, t -> t = 'b') AS a, exists(tags, t -> t = k) AS b, forall(tags, t -> t > '') AS c, forall(tags, t -> t < 'y') AS d FROM x",
    "*SELECT id, aggregate(items, 0L, (acc, i) -> acc + coalesce(i.q, 0)) AS a, reduce(tags, '', (acc, t) -> acc || coalesce(t, '-'), acc -> upper(acc)) AS b FROM x",
    "*SELECT id, transform(items, i -> i.q * 2 + id) AS a, filter(items, i -> i.p IS NOT NULL) AS b, size(filter(items, i -> i.q > 2)) AS c FROM x",
    "*SELECT id, transform(items, i -> named_struct('s', i.sku, 'n', id)) AS a, transform(items, i -> (i.p, k)) AS b FROM x",
    "*SELECT id, zip_with(tags, items, (t, i) -> concat(t, i.sku)) AS a, zip_with(tags, array(1, 2), (t, n) -> concat(t, n)) AS b FROM x",
    "*SELECT id, array_sort(tags, (l, r) -> CASE WHEN l IS NULL THEN 1 WHEN r IS NULL THEN -1 WHEN l < r THEN 1 WHEN l > r THEN -1 ELSE 0 END) AS a FROM x",
    "*SELECT id, array_sort(sequence(1, 20), (l, r) -> (l * 7 + id) % 5 - (r * 7 + id) % 5) AS a FROM (SELECT CAST(id AS INT) AS id FROM x) WHERE id IS NOT NULL",
    "SELECT id, map_filter(m, (kk, v) -> v > 1 OR kk = 'a') AS a, transform_keys(m, (kk, v) -> concat(kk, id)) AS b, transform_values(m, (kk, v) -> v + id) AS c FROM x WHERE id IS NOT NULL",
    "SELECT id, map_zip_with(m, map('a', 5, 'd', 6), (kk, x, y) -> concat_ws('-', kk, x, y)) AS a FROM x",
    "SELECT id, transform(nested, w -> transform(w, z -> z + id)) AS a, transform(nested, w -> aggregate(w, 0, (acc, z) -> acc + z)) AS b, filter(nested, w -> exists(w, z -> z = 3)) AS c FROM x",
    "SELECT id, exists(nested, w -> forall(w, z -> z > 0)) AS a, flatten(transform(nested, (w, i) -> transform(w, (z, j) -> z * 10 + i * j))) AS b FROM x",
    "SELECT id, aggregate(nested, array(0), (acc, w) -> concat(acc, coalesce(w, array(-1)))) AS a, aggregate(tags, named_struct('n', 0, 's', ''), (acc, t) -> named_struct('n', acc.n + 1, 's', coalesce(t, acc.s))) AS b FROM x",
    "*SELECT id, name, transform(tags, t -> concat(t, name)) AS a FROM x s JOIN u USING (id)",
    "*SELECT e.id, tag, exists(all, t -> t = tag) AS a FROM (SELECT id, tags AS all, explode(tags) AS tag FROM x) e",
    "*SELECT id, f.sku FROM x LATERAL VIEW explode(filter(items, i -> i.q = 3)) t AS f",
    "*WITH a AS (SELECT id, filter(items, i -> i.q > 1) AS big FROM x) SELECT id, size(big) AS n, transform(big, i -> i.q) AS q FROM a WHERE size(big) > 0",
]


def rows(n, seed):
    r = random.Random(seed)
    pick = lambda *v: r.choice(v)
    for _ in range(n):
        row = {
            "id": pick(None, 0, 1, 2, 3, r.randrange(10), r.randrange(100)),
            "k": pick(None, "", "a", "b", "c", "Ä", "a b"),
            "v": pick(None, -1.5, r.randrange(1000) / 8, 12.0),
            "tags": pick(None, [], ["a"], ["b", None, "a"], ["x", "y", "z"]),
            "items": pick(None, [], [{"sku": "s1", "q": 1, "p": 1.5}],
                          [{"sku": "s2", "q": r.randrange(9), "p": None}, None, {"sku": None, "q": 3, "p": 0.25}]),
            "m": pick(None, {}, {"a": 1}, {"b": None, "c": r.randrange(5)}),
            "nested": pick(None, [], [[1, 2], []], [None, [3]]),
            "st": pick(None, {"x": 1, "y": "a"}, {"x": None, "y": "c"}),
        }
        yield json.dumps(row, ensure_ascii=pick(True, False))


U = [{"id": i, "name": f"n{j}", "k": k, "lo": lo, "hi": hi}
     for j, (i, k, lo, hi) in enumerate([(0, "a", 0.5, 1.5), (1, "b", None, 40.0), (1, "b", 30.25, 90.5), (2, "a", 5.0, 5.5),
                                         (3, None, 1.0, 100.0), (None, "c", -5.0, 0.0), (7, "c", 10.5, None), (9, "Ä", 2.0, 3.0)])]
C = [{"k": "a", "city": "Bonn"}, {"k": "b", "city": "Rome"}, {"k": "b", "city": "Oslo"}, {"k": None, "city": "none"}, {"k": "Ä", "city": "Köln"}]


def medal(select, declared, scratch, text):
    cmd = ["medal-transform", select, "--table", f"u={scratch}/u.json", "--table", f"c={scratch}/c.json"]
    run = subprocess.run(cmd + (["--schema", SCHEMA] if declared else []), input=text, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if run.returncode:
        return run.stderr.decode()
    return [json.loads(line, object_pairs_hook=list) for line in run.stdout.decode().splitlines()]


def in_order(table):
    return sorted(table, key=lambda row: json.dumps(row, sort_keys=True).replace(".0", ""))


def main():
    from pyspark.sql import SparkSession

    seed = int(os.environ.get("MEDAL_SEED", "1"))
    spark = (SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").config("spark.sql.shuffle.partitions", "1")
             .config("spark.sql.session.timeZone", "UTC").config("spark.driver.memory", "1g").getOrCreate())
    spark.sparkContext.setLogLevel("OFF")
    text = "".join(line + "\n" for line in rows(300, seed)).encode()
    wrong = tried = 0
    with tempfile.TemporaryDirectory() as scratch:
        for name, table in ("u", U), ("c", C):
            with open(f"{scratch}/{name}.json", "w") as f:
                f.writelines(json.dumps(row) + "\n" for row in table)
            spark.read.json(f"{scratch}/{name}.json").createOrReplaceTempView(name)
        with open(f"{scratch}/x.json", "wb") as f:
            f.write(text)
        for select in SELECTS:
            for declared in (True, False) if select[0] == "*" else (True,):
                tried += 1
                reader = spark.read.schema(SCHEMA) if declared else spark.read
                reader.json(f"{scratch}/x.json").createOrReplaceTempView("x")
                table = spark.sql(select.lstrip("*"))
                got = medal(select.lstrip("*"), declared, scratch, text)
                rows_json = table.selectExpr("to_json(struct(*), map('ignoreNullFields', 'false'))").collect()
                want = [json.loads(r[0], object_pairs_hook=list) for r in rows_json]
                if isinstance(got, str):
                    wrong += 1
                    print(f"{select}: medal fails: {got}")
                    continue
                bad = [(w, g) for w, g in zip(in_order(want), in_order(got))
                       if [k for k, _ in w] != [k for k, _ in g] or not all(same(m[1], s[1]) for m, s in zip(g, w))]
                if len(want) != len(got) or bad:
                    wrong += 1
                    print(f"seed {seed}: {select} (declared: {declared}): Spark gives {len(want)} rows, medal {len(got)}; {len(bad)} differ:")
                    for w, g in bad[:3]:
                        print("  Spark", w, "\n  medal", g)
    spark.stop()
    print(tried, "queries,", wrong, "differ")


if __name__ == "__main__":
    sys.exit(main())
