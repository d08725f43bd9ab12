# An epoch is in the topic, its decision is not made, and the pipeline is changed: going on would leave rows of two
# pipelines in one epoch.
. "$MEDAL_TESTS/kafka/kafka.bash"
kafka_shared
kafka_topic 1
printf '{"a":1}\n{"a":2}\n' >in.ndjson
pipeline() {
	medal-ingest --checkpoint ck in.ndjson | medal-transform "$1" | medal-write -b "$brokers" "kafka:$topic" |
		medal-checkpoint commit
	echo "${PIPESTATUS[*]:2}"
}
# The tail dies before it has decided.
(
	medal-ingest --checkpoint ck in.ndjson | medal-transform 'SELECT a' | medal-write -b "$brokers" "kafka:$topic" |
		MEDAL_KILL_AT=1 LD_PRELOAD="$MEDAL_BUILD/test/kill_at.so" medal-checkpoint commit
) 2>/dev/null
kafka_read "$topic"
pipeline 'SELECT a + 1 AS a' 2>err
kafka_said err | grep ^medal-write | sed "s/$topic/TOPIC/"
pipeline 'SELECT a WHERE a < 2' 2>err
kafka_said err | grep ^medal-write | sed "s/$topic/TOPIC/"
pipeline 'SELECT a'
kafka_read "$topic"
