# Records that were deleted before they were read, a topic made anew (shorter, longer), a topic that is gone, another
# cluster: the run ends with 2 and says what is lost; --allow-data-loss goes on and counts.
. "$MEDAL_TESTS/kafka/kafka.bash"
kafka_shared
kafka_topic 1
fill() { seq "$1" "$2" | sed 's/.*/{"n":&}/' | kcat -P -b "$brokers" -t "$topic"; }
pipeline() {
	medal-ingest --checkpoint ck -b "$brokers" -t "$topic" "$@" 2>err | medal-write table 2>/dev/null | medal-checkpoint commit 2>/dev/null
	echo "status ${PIPESTATUS[0]}"
	sed "s/$topic/TOPIC/g" err
}
rows() {
	echo "rows $(cat table/part* | jq -s -c 'map(.n)'), lost $(medal-checkpoint show --json ck |
		jq -s '[.[].stages[0].buckets.lost // "0" | tonumber] | add')"
}
recreate() {
	kafka_admin delete "$topic"
	kafka_admin create "$topic" 1
}
fill 1 10
pipeline
echo deleted before they were read:
fill 11 20
kafka_admin trim "$topic" 0 15
pipeline
pipeline --allow-data-loss
rows
echo deleted after they were read:
kafka_admin trim "$topic" 0 20
fill 21 22
pipeline
rows
echo made anew, shorter:
recreate
fill 101 103
pipeline
pipeline --allow-data-loss
rows
echo made anew, longer:
recreate
fill 201 205
pipeline
pipeline --allow-data-loss
rows
echo made anew, as long, with nothing new:
recreate
fill 301 305
pipeline
echo gone:
kafka_admin delete "$topic"
pipeline
