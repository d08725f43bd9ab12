# Lag in records and seconds, per partition and in all; its limits; what is no record is none; in progress and metrics.
. "$MEDAL_TESTS/kafka/kafka.bash"
kafka_shared
kafka_topic 2
seq 10 | sed 's/.*/{"n":&}/' | kcat -P -b "$brokers" -t "$topic" -p 0
medal-ingest --checkpoint ck -b "$brokers" -t "$topic" --max-records 6 | medal-write table |
	medal-checkpoint commit --metrics metrics --progress-log progress
jq -c '.sources[0] | [.endOffset[]["0"], .latestOffset[]["0"], .metrics.maxOffsetsBehindLatest, .metrics.minOffsetsBehindLatest]' progress
grep '^medal_source_lag' metrics | sed "s/$topic/TOPIC/"
lag() { medal-checkpoint lag "$@" ck | sed -E "s/$topic/TOPIC/;s/[0-9.]+ s\$/AGE/"; echo "status ${PIPESTATUS[0]}"; }
lag
echo '{}' | kafka_admin txn "$topic" "$topic" 0 abort
seq 3 | sed 's/.*/{"n":&}/' | kcat -P -b "$brokers" -t "$topic" -p 1
echo '{"n":0}' | kafka_admin txn "$topic-2" "$topic" 1 open
kafka_admin partitions "$topic" 3
echo '{}' | kcat -P -b "$brokers" -t "$topic" -p 2
lag
sleep 1
lag --max 4 | tail -n 1
lag --max 3 | tail -n 1
lag --max-age 1h | tail -n 1
lag --max-age 1s | tail -n 1
medal-checkpoint lag -j ck | jq -c 'select(.topic == null) | [.records, .seconds >= 1 and .seconds < 600]'
medal-checkpoint lag no 2>&1 || echo "status $?"
