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
wait_until 600 test -e ck/commits/0
# (a file that is there for a moment may go while it is copied)
wait_until 600 eval 'rm -rf copy; cp -R ck copy 2>/dev/null'
echo '{"a":2}' >other.ndjson
medal-ingest --checkpoint copy other.ndjson 2>/dev/null | medal-write -b "$brokers" "kafka:$topic" |
	medal-checkpoint commit
echo '{"a":3}' >in/3.ndjson
wait_until 600 test -s zombie.rc
cat zombie.rc
kafka_said zombie.err | sed "s/$topic/TOPIC/; s,[0-9a-f-]\{36\}/write,GROUP,"
kafka_read "$topic"
wait
