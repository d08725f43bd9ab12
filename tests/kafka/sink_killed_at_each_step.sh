# Whatever medal-write was about to do when it was killed: after the next run a reader of committed records finds each
# row once, and the books balance. Two epochs of two rows; the second run is an ordinary one.
. "$MEDAL_TESTS/kafka/kafka.bash"
kafka_shared

pipeline() {
	medal-ingest --checkpoint ck --max-files 1 in | "$@" medal-write -b "$brokers" --key a "kafka:$topic" |
		medal-checkpoint commit
}
check() {
	kafka_read "$topic" | sort | cmp - want >&2 || fail "$1: $(kafka_read "$topic" | sort | tr '\n' ' ')"
	medal-checkpoint verify ck | grep -q 'rows in, 4 rows in tables.*the books balance' || fail "$1: verify"
}

mkdir in
for i in 1 2; do printf '{"a":%d}\n{"a":%d}\n' $i $((i + 10)) >in/$i.ndjson; done
sort in/* >want

died=0
for ((n = 1; ; n++)); do
	rm -rf ck
	kafka_topic 2
	pipeline env MEDAL_KILL_AT=$n MEDAL_KILL_LOG=steps LD_PRELOAD="$MEDAL_BUILD/test/kill_at_kafka.so" 2>/dev/null
	rc=${PIPESTATUS[0]}
	last=$(tail -n 1 steps)
	if [ "$rc" = 0 ]; then
		check "untouched"
		break
	fi
	died=$((died + 1))
	pipeline || fail "step $n ($last): the second run failed"
	check "step $n ($last)"
done
# each name of a step was met, in each of two epochs
[ $died -ge 18 ] || fail "only $died steps: $(sort steps | uniq -c)"

# killed inside of the commit, at some moment of it
for ms in 0 3; do
	rm -rf ck
	kafka_topic 2
	pipeline env MEDAL_KILL_COMMIT_AFTER_MS=$ms LD_PRELOAD="$MEDAL_BUILD/test/kill_at_kafka.so" 2>/dev/null
	pipeline || fail "commit + $ms ms: the second run failed"
	check "commit + $ms ms"
done
echo well
