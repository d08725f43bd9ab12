# The broker is killed while epochs are sent to it, and started again: nothing is lost, nothing doubled, and no run is
# needed again unless medal says so. Without a checkpoint a producer that is idempotent does the same.
. "$MEDAL_TESTS/kafka/kafka.bash"
kafka_own
kafka_topic 3

rows() { seq "$1" "$2" | sed 's/.*/{"id":&}/'; }
disturb() {
	sleep 1
	kafka kill 1
	sleep 1
	kafka start 2>/dev/null
}
mkdir in
for i in 1 2 3 4; do rows $((i * 1000)) $((i * 1000 + 999)) >in/$i.ndjson; done

# Rows trickle in for some seconds, over the broker's death.
disturb &
for i in 1 2 3 4; do
	cat in/$i.ndjson
	sleep 1
done | medal-write -b "$brokers" "kafka:$topic" 2>err
echo "${PIPESTATUS[1]}"
grep -v 'still waiting' err
wait
kafka_read "$topic" | sort | cmp - <(sort in/*) && echo equal

kafka_topic 3
disturb &
for ((n = 1; n <= 10; n++)); do
	if medal-ingest --checkpoint ck --max-files 1 in 2>/dev/null |
		{ sleep 1; medal-write -b "$brokers" --key id "kafka:$topic" 2>err; } | medal-checkpoint commit 2>/dev/null; then
		break
	fi
	# where the broker is away for longer than medal waits, it says so
	grep -qv 'still waiting' err || echo "ended without a word"
done
wait
kafka_read "$topic" | sort | cmp - <(sort in/*) && echo equal
medal-checkpoint verify ck
