# An unclean election cuts the log off before what was read, and other records take the offsets: both are noticed.
. "$MEDAL_TESTS/kafka/kafka.bash"
kafka_own --brokers 3 --set default.replication.factor=2 --set unclean.leader.election.enable=true \
	--set min.insync.replicas=1 --set replica.lag.time.max.ms=2000
kafka_topic 1
leader() { kcat -L -b "$brokers" -t "$topic" | sed -n 's/.*partition 0, leader \(-*[0-9]*\),.*/\1/p'; }
isrs() { kcat -L -b "$brokers" -t "$topic" | sed -n 's/.*isrs: \([0-9,]*\).*/\1/p'; }
fill() { seq "$1" "$2" | sed 's/.*/{"n":&}/' | kcat -P -b "$brokers" -t "$topic" -X acks=1; }
pipeline() {
	medal-ingest --checkpoint ck -b "$brokers" -t "$topic" 2>err | medal-write table 2>/dev/null | medal-checkpoint commit 2>/dev/null
	echo "status ${PIPESTATUS[0]}: $(sed "s/$topic/TOPIC/" err | grep -o 'was read to [0-9]*\|at offset [0-9]* is not the one that was read')"
}
fill 1 10
wait_until 120 eval '[ "$(isrs | tr -d 0-9)" = , ]'
first=$(leader)
second=$(isrs | tr , '\n' | grep -v "^$first\$")
kafka pause "$second"
wait_until 120 eval '[ "$(isrs)" = "$first" ]'
fill 11 20
pipeline
kafka pause "$first"
kafka resume "$second"
wait_until 120 eval '[ "$(leader)" = "$second" ]'
pipeline
fill 101 120
pipeline
kafka resume "$first"
cat table/part* | jq -s -c 'map(.n)'
