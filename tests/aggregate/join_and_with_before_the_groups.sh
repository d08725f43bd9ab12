# Joins, WITH, subqueries and explode make the rows that are grouped; a record counts once in the books.
printf '{"id":%d,"name":"%s","level":"%s"}\n' 1 ann paid 2 bob free 2 ben paid 3 cyd paid >users.json
cat >events.json <<'X'
{"ts":1000,"u":1,"d":2,"tags":["a","b"]}
{"ts":2000,"u":2,"d":1,"tags":[]}
{"ts":61000,"u":9,"d":7}
{"ts":62000,"u":1,"d":3,"tags":["b"]}
{"ts":125000,"u":3,"d":4,"tags":["a"]}
X
agg() { medal-aggregate --table users=users.json "$@" <events.json; echo; }
agg "SELECT level, count(*) AS n, sum(d) AS s FROM STREAM(e) JOIN users ON u = id GROUP BY level"
agg "SELECT users.level, count(*) AS n FROM STREAM(e) t LEFT JOIN users ON t.u = users.id GROUP BY level"
agg "WITH x AS (SELECT *, timestamp_millis(ts) AS t FROM STREAM(e))
	SELECT window.start AS w, count(*) AS n, collect_list(name) AS names FROM x JOIN users ON u = id
	GROUP BY window(t, '1 minute')" --watermark 'timestamp_millis(ts) 1 second'
agg "SELECT tag, count(*) AS n, sum(d) AS s FROM STREAM(e) LATERAL VIEW explode(tags) AS tag GROUP BY tag"
agg "SELECT u, count(*) AS n FROM (SELECT u, d FROM e WHERE d > 1) WHERE EXISTS (SELECT 1 FROM users WHERE id = u) GROUP BY u"
mkdir raw
cp events.json raw/1.ndjson
medal-ingest --checkpoint c raw |
	medal-aggregate --output-mode complete --table users=users.json \
		"SELECT name, count(*) AS n FROM STREAM(e) JOIN users ON u = id WHERE d > 1 GROUP BY name" |
	medal-write --mode overwrite t | medal-checkpoint commit
cat t/part-*
medal-checkpoint show c | grep aggregate
