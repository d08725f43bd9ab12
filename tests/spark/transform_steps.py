# SPDX-License-Identifier: MIT
"""Joins, explode, lambda functions and queries in queries over the same rows, in Spark and in medal-transform."""
import json
import os
import random
import sys

from spark_queries import compare, session

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
    "*SELECT id, v FROM x WHERE id NOT IN (SELECT id FROM u WHERE id IS NOT NULL) AND v > 1",
    "*SELECT id, v FROM x WHERE NOT id IN (SELECT id FROM u)",
    "*SELECT id, v FROM x WHERE id NOT IN (SELECT id FROM u WHERE lo > 1000)",
    "*SELECT id, k, v FROM x s WHERE k NOT IN (SELECT t.k FROM u t WHERE t.k IS NOT NULL AND t.lo < s.v)",
    "*SELECT id, k FROM x s WHERE id IN (SELECT t.id FROM u t WHERE t.k = s.k)",
    "*SELECT id, k, v FROM x WHERE EXISTS (SELECT 1 FROM u WHERE u.id = x.id AND u.lo < v) AND k IS NOT NULL",
    "*SELECT id, k FROM x WHERE NOT EXISTS (SELECT * FROM c t WHERE t.k = x.k AND city <> 'Oslo')",
    "*SELECT id FROM x WHERE EXISTS (SELECT 1 FROM c WHERE city = 'Bonn') AND NOT EXISTS (SELECT 1 FROM u WHERE lo > 1000)",
    "*SELECT id, k FROM x WHERE id > 1 AND (EXISTS (SELECT name FROM u WHERE hi > v)) AND NOT (EXISTS (SELECT city FROM c WHERE c.k = x.k))",
    "*WITH big AS (SELECT id, name AS n FROM u WHERE lo > 0.6) SELECT s.id, n FROM x s JOIN big ON s.id = big.id",
    "*WITH big(i, n) AS (SELECT id, name || '!' FROM u WHERE lo > 0.6), b2 AS (SELECT * FROM big WHERE i > 0) SELECT id FROM x WHERE id IN (SELECT i FROM b2) AND EXISTS (SELECT 1 FROM c)",
    "*SELECT s.id, j.n, j.l2 FROM x s JOIN (SELECT id, name AS n, lo * 2 AS l2 FROM u WHERE k = 'b') j ON s.id = j.id AND j.l2 < 100",
    "*SELECT s.id, j.n FROM x s LEFT JOIN (SELECT id, name AS n FROM u WHERE lo > 1) j USING (id)",
    "*SELECT id, n, k FROM x s LEFT ANTI JOIN (SELECT id AS i FROM u WHERE lo > 1) j ON s.id = j.i JOIN (SELECT k, city AS n FROM c) d USING (k)",
    "SELECT id, k, name, v FROM x NATURAL JOIN u",
    "SELECT id, k, city FROM x NATURAL LEFT OUTER JOIN c WHERE city IS NULL OR id > 3",
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


def main(selects=SELECTS, program="medal-transform"):
    seed = int(os.environ.get("MEDAL_SEED", "1"))
    spark = session(**{"spark.sql.session.timeZone": "UTC"})
    text = "".join(line + "\n" for line in rows(300, seed)).encode()
    compare(spark, selects, SCHEMA, text, program, tables={"u": U, "c": C})
    spark.stop()


if __name__ == "__main__":
    sys.exit(main())
