# "10 minutes" of an option and INTERVAL 10 MINUTES of a definition are the same watermark of a pipeline
echo "CREATE STREAMING TABLE e (ts BIGINT, k INT) AS
SELECT * FROM STREAM(x) WATERMARK timestamp_millis(ts) DELAY OF INTERVAL 10 MINUTES;" >e.sql
echo '{"ts":1700000000000,"k":1}' >a.json
run() {
	medal-ingest --checkpoint "ck$1" a.json 2>/dev/null |
		medal-dedupe -k k --watermark "timestamp_millis(ts) $1 $2" |
		medal-aggregate --schema e.sql "SELECT count(*) AS n GROUP BY window(timestamp_millis(ts), '1 minute')" 2>/dev/null |
		medal-write "t$1" | medal-checkpoint commit 2>&1 | grep -o 'has one watermark'
	echo "tail ${PIPESTATUS[4]}"
}
run 10 minutes
run 600 seconds
run 11 minutes
