# Keys go where kcat sends them with the partitioner of Java's clients; a NULL key goes anywhere and has no key; codecs
# are the ones asked for; a dry run sends nothing and finds a topic that is not there.
. "$MEDAL_TESTS/kafka/kafka.bash"
kafka_shared
kafka_topic 5
mine=$topic
kafka_topic 5
for i in $(seq 1 40); do echo "{\"user\":$((i % 20)),\"name\":\"n$i\"}"; done >rows
medal-write -b "$brokers" --key "concat('user-', user)" --compress lz4 "kafka:$mine" <rows
jq -r '"user-\(.user)\t\(tojson)"' rows |
	kcat -P -b "$brokers" -t "$topic" -K '\t' -X topic.partitioner=murmur2_random
dump() { kcat -C -q -e -b "$brokers" -t "$1" -o beginning -f '%p %k %s\n' </dev/null | sort; }
cmp <(dump "$mine") <(dump "$topic") && echo "keys as kcat's"
[ "$(dump "$mine" | cut -d ' ' -f 1 | sort -u | wc -l)" -gt 2 ] || fail "all keys in one partition"

# in one batch: one of a row or two becomes no smaller and is sent as it is
for codec in none gzip snappy lz4 zstd; do
	kafka_topic 1
	medal-write -b "$brokers" -X linger.ms=10000 --compress $codec "kafka:$topic" <rows
	kafka_read "$topic" | cmp - rows || fail "$codec"
	kafka run org.apache.kafka.tools.DumpLogSegments --files "$KAFKA_DIR/run/node-1/data/$topic-0/00000000000000000000.log" 2>/dev/null |
		grep -o 'compresscodec: [a-z]*' | sort -u
done

kafka_topic 1
printf '{"k":"a"}\n{"k":null}\n{"k":""}\n{}\n' | medal-write -b "$brokers" --key k "kafka:$topic"
kcat -C -q -e -b "$brokers" -t "$topic" -o beginning -f '%K:%k %s\n' </dev/null

kafka_topic 1
mkdir in
cp rows in/
export MEDAL_DRY_RUN=1
medal-ingest --checkpoint ck in | medal-write -b "$brokers" "kafka:$topic" | medal-checkpoint commit
echo "dry: ${PIPESTATUS[*]}"
medal-ingest --checkpoint ck in 2>/dev/null | medal-write -b "$brokers" kafka:no-such-topic 2>/dev/null |
	medal-checkpoint commit 2>/dev/null
echo "dry, no topic: ${PIPESTATUS[*]:1}"
medal-write -b "$brokers" "kafka:$topic" <rows
kafka_admin ends "$topic"
ls
