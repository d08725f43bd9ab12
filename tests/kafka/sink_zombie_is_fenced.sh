# Two runs of one checkpoint that cannot see each other's locks (here: a copy of the folder): the broker lets only the
# later one write.
. "$MEDAL_TESTS/kafka/kafka.bash"
kafka_shared
kafka_topic 1
mkdir in
echo '{"a":1}' >in/1.ndjson
(
	medal-ingest --checkpoint ck --follow --trigger 100ms in 2>/dev/null |
		medal-write -b "$brokers" "kafka:$topic" 2>zombie.err | medal-checkpoint commit 2>/dev/null
	echo "${PIPESTATUS[1]}" >zombie.rc
) &
wait_until 100 test -e ck/commits/0
cp -R ck copy
echo '{"a":2}' >other.ndjson
medal-ingest --checkpoint copy other.ndjson 2>/dev/null | medal-write -b "$brokers" "kafka:$topic" |
	medal-checkpoint commit
echo '{"a":3}' >in/3.ndjson
wait_until 100 test -e zombie.rc
cat zombie.rc
sed "s/$topic/TOPIC/; s,[0-9a-f-]\{36\}/write,GROUP," zombie.err
kafka_read "$topic"
wait
