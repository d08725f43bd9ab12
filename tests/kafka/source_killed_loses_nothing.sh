# Programs and the broker are killed at random under a stream that follows: each record once, in the end.
. "$MEDAL_TESTS/kafka/kafka.bash"
need python3
kafka_own
kafka_topic 4
"$MEDAL_TESTS/kafka/source_killed_loses_nothing.py" "$brokers" "$topic" 40000 20 2 \
	"'$MEDAL_TESTS/kafka/kafka-local' --dir '$KAFKA_DIR' kill 1; sleep 0.5; '$MEDAL_TESTS/kafka/kafka-local' --dir '$KAFKA_DIR' start"
medal-checkpoint verify --tables ck | sed 's/.*: //'
