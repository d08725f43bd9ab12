# A row exactly at a session's end still belongs to it (Spark); a row may join two sessions, across runs, too; a session is
# emitted once its end is at or below the watermark.
put() {
	local n=$1 r
	shift
	for r; do echo "{\"u\":\"${r%%@*}\",\"ts\":\"2024-01-02T${r##*@}Z\",\"v\":1}"; done >in/$n.json
	touch -d "2024-02-01 00:00:0$n" in/$n.json
	medal-ingest --checkpoint ck in |
		medal-aggregate --watermark 'CAST(ts AS TIMESTAMP) 10 minutes' \
			"SELECT u, date_format(session_window.start, 'HH:mm:ss') AS s, date_format(session_window.end, 'HH:mm:ss') AS e,
			 count(*) AS n, sum(v) AS v GROUP BY u, session_window(CAST(ts AS TIMESTAMP), '5 minutes')" |
		medal-write t | medal-checkpoint commit || echo "status $?"
}
mkdir in
put 0 a@00:00:00 a@00:09:58 b@00:00:00 c@00:10:00
put 1 a@00:04:59 a@00:14:58 b@00:05:00.000001 c@00:06:00
put 2 z@01:00:00
cat t/part-* | sort
medal-checkpoint verify --tables ck | sed 's/.*: //'
# the same rows at once, without a checkpoint
cat in/*.json | medal-aggregate "SELECT u, count(*) AS n GROUP BY u, session_window(CAST(ts AS TIMESTAMP), '5 minutes')" | sort
