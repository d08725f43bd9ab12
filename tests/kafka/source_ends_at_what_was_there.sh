# A run without --follow ends at the last stable offset that it saw, whatever the last offsets are: committed, aborted,
# open transactions and their marks; offsets that compaction took away.
. "$MEDAL_TESTS/kafka/kafka.bash"
kafka_shared
kafka_topic 1
pipeline() {
	medal-ingest --checkpoint ck -b "$brokers" -t "$topic" "$@" | medal-write table | medal-checkpoint commit
	echo "$1 status ${PIPESTATUS[*]}: rows $(cat table/part* 2>/dev/null | jq -s -c 'map(.n)')" \
		"next offset $(tail -n 1 "ck/offsets/$(ls ck/offsets | sort -n | tail -n 1)" | jq -c '.[]["0"]')"
}
echo '{"n":1}' | kafka_admin txn "$topic-a" "$topic" 0 commit
pipeline
printf '{"n":2}\n{"n":3}\n' | kafka_admin txn "$topic-a" "$topic" 0 abort
pipeline
echo '{"n":4}' | kcat -P -b "$brokers" -t "$topic"
echo '{"n":5}' | kafka_admin txn "$topic-b" "$topic" 0 open
echo '{"n":6}' | kcat -P -b "$brokers" -t "$topic"
pipeline
# the same id again ends what was open: aborted
echo '{"n":7}' | kafka_admin txn "$topic-b" "$topic" 0 commit
pipeline
echo uncommitted ones, as Spark reads by default:
medal-ingest -b "$brokers" -t "$topic" -X isolation.level=read_uncommitted | jq -c .n | tr '\n' ' '
echo

kafka_topic 1 cleanup.policy=compact segment.ms=100 min.cleanable.dirty.ratio=0.001 max.compaction.lag.ms=200
for i in 1 2 3 4 5; do echo "k|{\"n\":$i}" | kcat -P -b "$brokers" -t "$topic" -K '|'; done
sleep 0.2
# the newest segment is never compacted: its only record is a tombstone of another key
echo 'x|' | kcat -P -b "$brokers" -t "$topic" -K '|' -Z
rm -rf ck table
wait_until 600 eval '[ "$(kcat -C -e -q -b "$brokers" -t "$topic" | wc -l)" = 2 ]'
pipeline
