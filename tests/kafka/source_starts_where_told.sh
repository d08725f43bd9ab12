# -o in kcat's and Spark's words; expected by hand: partition 0 has offsets 0 to 9, partition 1 has 0 to 4.
. "$MEDAL_TESTS/kafka/kafka.bash"
kafka_shared
kafka_topic 2
for i in 0 1 2 3 4 5 6 7 8 9; do echo "{\"n\":$i}"; done | kcat -P -b "$brokers" -t "$topic" -p 0
sleep 0.1
middle=$(date +%s%3N)
sleep 0.1
for i in 10 11 12 13 14; do echo "{\"n\":$i}"; done | kcat -P -b "$brokers" -t "$topic" -p 1
try() {
	echo "$*: $(medal-ingest -b "$brokers" -t "$topic" "$@" | jq -s -c 'map(.n) | sort')" | sed "s/$topic/TOPIC/g;s/$middle/MIDDLE/"
}
try -e
try -o beginning
try -o latest
try -o end
try -o 8
try -o -2
try -o "s@$middle"
try -o "e@$middle"
try -o "{\"$topic\":{\"0\":7,\"1\":-1}}"
try -o "{\"$topic\":{\"0\":-1,\"1\":-2}}"
try -o 3 -c 1
try --partitions 1-
try --shard 1/2
{
	try -o "{\"$topic\":{\"0\":7}}"
	try -o "{\"$topic\":{\"0\":7,\"1\":99}}"
	try -o nowhere
	try --partitions 5-
	try --shard 3/2
	medal-ingest -b "$brokers" -t "$topic-" || echo $?
	medal-ingest -b "$brokers" --topic-pattern "a("
	medal-ingest -b "$brokers" --tombstones
	medal-ingest -b "$brokers" -t "$topic" --group g
} 2>&1 | sed "s/$topic/TOPIC/g"
echo pattern: "$(medal-ingest -b "$brokers" --topic-pattern "${topic%?}." -o 9 | jq -c .n)" \
	"$(medal-ingest -b "$brokers" --topic-pattern "${topic%?}" -o 9 | jq -c .n)"
