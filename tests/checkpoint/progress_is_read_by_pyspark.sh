# What a line of progress says of source and state, read by the class of PySpark that reads Spark's own.
. "$MEDAL_TESTS/lib.sh"
need_module pyspark
mkdir in
printf '{"k":%d,"ts":1700000%s}\n' 1 040 2 050 1 060 >in/0.ndjson
printf '{"k":%d,"ts":1700000%s}\n' 3 340 2 350 >in/1.ndjson
touch -d @1700000000 in/0.ndjson
medal-ingest --checkpoint ck --max-files 1 in | medal-dedupe -k k --forever |
	medal-aggregate --watermark 'timestamp_seconds(ts) 1 minute' \
		"SELECT count(*) AS n GROUP BY window(timestamp_seconds(ts), '1 minute')" |
	medal-write t | medal-checkpoint commit --progress-log progress
# The third epoch has no data: the first window closes.
python - <<'EOF'
import json
from pyspark.sql.streaming.listener import StreamingQueryProgress
for line in open("progress"):
    p = StreamingQueryProgress.fromJson(json.loads(line))
    print(p.batchId, p.sources[0].endOffset, p.sources[0].latestOffset,
          [(s.operatorName, s.numRowsTotal, s.numRowsUpdated, s.numRowsRemoved) for s in p.stateOperators])
    assert all(s.commitTimeMs < 60000 and s.memoryUsedBytes >= 0 and s.customMetrics["stateBytes"] > 0
               for s in p.stateOperators)
EOF
