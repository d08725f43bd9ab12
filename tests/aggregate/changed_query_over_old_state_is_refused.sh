# The state of another SELECT, watermark or mode is not gone on with, nor a stage that is new, moved away or gone.
echo '{"ts":1700000000000,"k":1}' >a.json
echo '{"ts":1700000000001,"k":2}' >b.json
run() {
	medal-ingest --checkpoint ck *.json | medal-aggregate --watermark 'timestamp_millis(ts) 1 minute' "$@" |
		medal-write t | medal-checkpoint commit 2>&1 >/dev/null | grep -o 'other settings\|is new in\|is gone from'
	echo "tail ${PIPESTATUS[3]}"
}
w="GROUP BY window(timestamp_millis(ts), '1 minute')"
mv b.json b
run "SELECT count(*) AS n $w" 2>/dev/null
mv b b.json
run "SELECT count(*) AS n, max(k) AS k $w" 2>/dev/null
run --name other "SELECT count(*) AS n $w" 2>/dev/null
medal-ingest --checkpoint ck *.json 2>/dev/null | medal-write t | medal-checkpoint commit 2>&1 | grep -o 'is gone from'
run --fresh-state "SELECT count(*) AS n, max(k) AS k $w" 2>/dev/null
medal-checkpoint verify ck | sed "s/.*: //"
