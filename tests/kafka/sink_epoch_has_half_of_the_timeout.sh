# The broker aborts a transaction at its time-out. An epoch that takes more than half of it ends with advice, leaves
# nothing that a reader of committed records sees, and goes on in a run that heeds the advice.
. "$MEDAL_TESTS/kafka/kafka.bash"
kafka_shared
kafka_topic 1
printf '{"a":%d}\n' $(seq 10) >in.ndjson
slowly() {
	while IFS= read -r line; do
		printf '%s\n' "$line"
		if [ "$line" = '{"a":1}' ]; then # what comes next is 2.5 s behind a row that is under way
			wait_until 600 kafka_begun
			sleep 2.5
		fi
	done
}
medal-ingest --checkpoint ck in.ndjson 2>/dev/null | slowly 2>/dev/null |
	medal-write -b "$brokers" -X transaction.timeout.ms=4000 "kafka:$topic" 2>err | medal-checkpoint commit 2>/dev/null
echo "write: ${PIPESTATUS[2]}"
kafka_said err | sed "s/$topic/TOPIC/"
kafka_read "$topic" | wc -l
medal-ingest --checkpoint ck in.ndjson | slowly | medal-write -b "$brokers" "kafka:$topic" | medal-checkpoint commit
echo "write: ${PIPESTATUS[2]}"
kafka_read "$topic" | wc -l
