# Stages tell the next ones what columns their rows have: a name that none has is refused at its place, with the nearest
# ones, before a record is read; in a dry run too. Reserved members, and what comes out of a foreign program, are not judged.
cat >listen.sql <<'SQL'
CREATE OR REFRESH STREAMING TABLE listen (ts BIGINT NOT NULL, userId BIGINT, level STRING, s STRUCT<a: INT>,
	CONSTRAINT known EXPECT (level IN ('free', 'paid')));
SQL
mkdir in
echo '{"ts":1,"userId":2,"level":"free","s":{"a":1},"more":7}' >in/1.ndjson
n=0
# try COMMAND... ['|' COMMAND...]: between validate and write
try() {
	local middle=$1 sink=${2:-} run
	n=$((n + 1))
	for run in dry live; do
		local dry=
		[ $run = dry ] && dry=1
		MEDAL_DRY_RUN=$dry bash -c "medal-ingest --checkpoint c$n in 2>/dev/null | medal-validate listen.sql 2>/dev/null | $middle |
			medal-write $sink t$n 2>>err.$n | medal-checkpoint commit" 2>>err.$n
		echo "$n $run: $?"
	done
	grep -h '^medal-[a-z]*: error.*UNRESOLVED\|partition-by\|^ *^' err.$n | grep -v '^medal-checkpoint' | sort -u |
		sed 's/A column, variable, or function parameter with name//; s/cannot be resolved. Did you mean one of the following?/:/'
	cat t$n/part-* 2>/dev/null
}
time1="--watermark 'timestamp_millis(ts) 1 minute'"
try "medal-transform 'SELECT ts, usrId, level'"
try "medal-transform 'SELECT ts, userid FROM listen'"
try "medal-transform 'SELECT l.ts, l.userId AS u, s.a, upper(level) AS up, _metadata.file_path IS NULL AS m FROM listen l'"
try "medal-transform 'SELECT *, 1 AS one' | medal-transform 'SELECT one, level, mor'"
try "medal-transform 'SELECT * EXCEPT (level)' | medal-transform 'SELECT ts WHERE level IS NULL'"
try "medal-dedupe --forever -k userId,lvel"
try "medal-dedupe -k userId --watermark 'timestamp_millis(t) 1 minute'"
try "medal-aggregate $time1 \"SELECT count(*) AS n, sum(user) AS s GROUP BY window(timestamp_millis(ts), '1 minute')\""
try "medal-aggregate $time1 \"SELECT window.start AS at, count(*) AS n GROUP BY window(timestamp_millis(ts), '1 minute')\" |
	medal-transform 'SELECT at, nn'"
try "medal-validate -e 'x EXPECT (duration > 0)'"
try "medal-exec cat | medal-transform 'SELECT more'"
try "medal-dedupe --forever -k ts" "--partition-by lvl"
true
