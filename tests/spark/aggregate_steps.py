# SPDX-License-Identifier: MIT
"""Joins, WITH, subqueries and explode before GROUP BY, over the same rows, in Spark and in medal-aggregate."""
import sys

from transform_steps import main

# Queries for declared columns; those marked * for undeclared ones, too.
SELECTS = [
    "*SELECT u.name, count(*) AS n, sum(v) AS s FROM x JOIN u ON x.id = u.id GROUP BY u.name",
    "*SELECT name, count(*) AS n FROM x s LEFT JOIN u ON s.id = u.id AND u.lo < v GROUP BY u.name HAVING n > 1",
    "*SELECT upper(x.k) AS kk, max(v) AS m, min(city) AS c FROM x JOIN c ON x.k = c.k WHERE v IS NOT NULL GROUP BY upper(x.k)",
    "*SELECT k, count(DISTINCT id) AS n FROM x s LEFT ANTI JOIN u ON s.id = u.id GROUP BY k",
    "*SELECT tag, count(*) AS n, avg(id) AS a FROM x LATERAL VIEW explode(tags) t AS tag GROUP BY tag",
    "*SELECT t.tag, count(*) AS n FROM x LATERAL VIEW OUTER explode(tags) t AS tag GROUP BY tag",
    "*SELECT i.sku, sum(i.q) AS q FROM x LATERAL VIEW explode(items) t AS i GROUP BY i.sku",
    "*SELECT big, count(*) AS n FROM (SELECT id, v > 50 AS big FROM x WHERE v IS NOT NULL) GROUP BY big",
    "*WITH a AS (SELECT id + 1 AS n, k FROM x WHERE id IS NOT NULL), b AS (SELECT n * 2 AS m, k FROM a) SELECT b.k, sum(m) AS s FROM b JOIN c USING (k) GROUP BY k",
    "*SELECT name, k2, count(*) AS n FROM (SELECT id, upper(k) AS k2 FROM x) y JOIN (SELECT id, name FROM u WHERE lo > 0.6) j USING (id) GROUP BY name, k2",
    "*SELECT k, count(*) AS n FROM x WHERE id IN (SELECT id FROM u) AND v > 1 GROUP BY k",
    "*SELECT k, count(*) AS n FROM x WHERE NOT EXISTS (SELECT 1 FROM u WHERE u.id = x.id AND u.lo < v) GROUP BY 1",
    "*SELECT count(*) AS n, sum(lo) FILTER (WHERE v > 10) AS s FROM x JOIN u USING (id)",
    "*SELECT x.id, count(city) AS n FROM x LEFT JOIN c ON x.k = c.k GROUP BY id",
    "SELECT name, k, count(*) AS n FROM x NATURAL JOIN u GROUP BY ALL",
]


if __name__ == "__main__":
    sys.exit(main(SELECTS, "medal-aggregate"))
