# An unclean election cuts the log off before what was read, and other records take the offsets: both are noticed.
. "$MEDAL_TESTS/kafka/kafka.bash"
kafka_own --brokers 3 --set default.replication.factor=2 --set unclean.leader.election.enable=true \
	--set min.insync.replicas=1 --set replica.lag.time.max.ms=2000
kafka_topic 1
# view BROKER: which leader and which replicas in sync the partition has, as this broker knows it
view() {
	kcat -L -b "$(echo "$brokers" | cut -d , -f "$1")" -t "$topic" |
		sed -n 's/.*partition 0, leader \(-*[0-9]*\),.*isrs: \([0-9,]*\).*/\1 \2/p'
}
both_in_sync() {
	local isrs
	read -r first isrs <<<"$(view 1)"
	second=$(echo "$isrs" | tr , '\n' | grep -vx "$first")
	[ "$isrs" = "$first,$second" ] || [ "$isrs" = "$second,$first" ]
}
# alone BROKER WITHOUT: all but the broker WITHOUT know BROKER as leader, and in sync alone
alone() {
	local b
	for b in 1 2 3; do
		[ "$b" = "$2" ] || [ "$(view "$b")" = "$1 $1" ] || return
	done
}
fill() { seq "$1" "$2" | sed 's/.*/{"n":&}/' | kcat -P -b "$brokers" -t "$topic" -X acks=1; }
pipeline() {
	medal-ingest --checkpoint ck -b "$brokers" -t "$topic" 2>err | medal-write table 2>/dev/null | medal-checkpoint commit 2>/dev/null
	echo "status ${PIPESTATUS[0]}: $(sed "s/$topic/TOPIC/" err | grep -o 'was read to [0-9]*\|at offset [0-9]* is not the one that was read')"
}
fill 1 10
wait_until 600 both_in_sync
kafka pause "$second"
wait_until 600 alone "$first" "$second"
fill 11 20
pipeline
kafka pause "$first"
kafka resume "$second"
wait_until 600 alone "$second" "$first"
pipeline
fill 101 120
pipeline
kafka resume "$first"
cat table/part* | jq -s -c 'map(.n)'
