export MEDAL_DRY_RUN=1
mkdir in
echo '{"a":1}' > in/a.ndjson
medal-ingest --checkpoint ck --quarantine q in | medal-validate -e 'x EXPECT (a > 0)' |
	medal-dedupe -k a --forever --duplicates d | medal-write out | medal-checkpoint commit
echo "${PIPESTATUS[*]}"
medal-ingest in | medal-transform 'SELECT a' | medal-write out
echo "${PIPESTATUS[*]}"
ls
medal-ingest --checkpoint ck in |
	medal-dedupe -k a --watermark 'timestamp_millis(ts) 1 minute' 2>/dev/null |
	medal-aggregate --watermark 'timestamp_millis(ts) 2 minutes' 2>/dev/null \
		"SELECT count(*) GROUP BY window(timestamp_millis(ts), '1 minute')" |
	medal-write out | medal-checkpoint commit
echo "${PIPESTATUS[*]:2}" # whether those before saw their reader go is chance
