# The checkpoint and the topic can come to stand at different epochs: what is harmless goes on, what would lose or
# double rows is refused with the way out.
. "$MEDAL_TESTS/kafka/kafka.bash"
kafka_shared
mkdir in
pipeline() {
	medal-ingest --checkpoint ck --max-files 1 in 2>/dev/null | medal-write -b "$brokers" "$@" "kafka:$topic" 2>err |
		medal-checkpoint commit 2>/dev/null
	echo "write: ${PIPESTATUS[1]}"
	kafka_said err | sed "s/$topic/TOPIC/g; s,[0-9a-f-]\{36\}/write,GROUP,"
}
epoch() { echo "{\"epoch\":$1}" >in/$1.ndjson; }

kafka_topic 1
epoch 0
pipeline
cp -R ck old
epoch 1
pipeline
epoch 2
pipeline

echo '- an old backup of the checkpoint'
mv ck new
cp -R old ck
pipeline
echo '- a rollback'
medal-checkpoint rollback --to none new 2>&1 | sed "s/$topic/TOPIC/g"
echo '- and the doubled rows are accepted'
pipeline --accept-marker 0
pipeline
kafka_read "$topic"

echo '- the topic was made anew, nothing is in doubt'
kafka_topic 1
epoch 3
pipeline
kafka_read "$topic"

echo '- the topic was made anew, and an epoch is in doubt'
epoch 4
(
	medal-ingest --checkpoint ck in | medal-write -b "$brokers" "kafka:$topic" |
		MEDAL_KILL_AT=1 LD_PRELOAD="$MEDAL_BUILD/test/kill_at.so" medal-checkpoint commit
) 2>/dev/null
kafka_read "$topic"
kafka_admin delete "$topic"
# the broker forgets the offsets of a topic some time after the topic
group=$(head -n 1 ck/metadata | jq -r .id)/write
wait_until 600 eval 'kafka_admin group "$group" >offsets && ! grep -q "^$topic" offsets'
kafka_admin create "$topic" 1
pipeline
echo '- the user has looked'
pipeline --accept-marker 3
kafka_read "$topic"

echo '- what is in a topic cannot be rolled back'
medal-checkpoint rollback --to 2 ck 2>&1 | sed "s/$topic/TOPIC/g"
medal-checkpoint rollback --to 2 --keep-published ck 2>&1 | sed "s/$topic/TOPIC/g; s,/[^ ]*/ck,CK,"
medal-checkpoint show --last 1 ck | tail -n 1 | sed "s/ to kafka:.*//"
