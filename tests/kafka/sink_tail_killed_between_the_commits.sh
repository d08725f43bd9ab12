# Kafka has committed the epoch, the checkpoint has not: medal-checkpoint dies at each of its steps, and the run after
# that finds the marker, compares and sends nothing again.
. "$MEDAL_TESTS/kafka/kafka.bash"
kafka_shared

echo '{"a":1}' >in.ndjson
for ((n = 1; ; n++)); do
	rm -rf ck
	kafka_topic 1
	(
		medal-ingest --checkpoint ck in.ndjson | medal-write -b "$brokers" "kafka:$topic" |
			MEDAL_KILL_AT=$n LD_PRELOAD="$MEDAL_BUILD/test/kill_at.so" medal-checkpoint commit
	) 2>/dev/null
	rc=$?
	# now and then Kafka has no commit yet: it was killed before the barrier came
	medal-ingest --checkpoint ck in.ndjson | medal-write -b "$brokers" "kafka:$topic" | medal-checkpoint commit ||
		fail "step $n: the second run failed"
	[ "$(kafka_read "$topic")" = '{"a":1}' ] || fail "step $n: $(kafka_read "$topic")"
	medal-checkpoint verify ck | grep -q 'the books balance' || fail "step $n: verify"
	[ "$rc" != 0 ] || break
done
[ $n -ge 6 ] || fail "only $n steps"
echo well
