# The broker is killed while epochs are sent to it, and started again: nothing is lost, nothing doubled, and no run is
# needed again unless medal says so. Without a checkpoint a producer that is idempotent does the same.
. "$MEDAL_TESTS/kafka/kafka.bash"
kafka_own
kafka_topic 3

rows() { seq "$1" "$2" | sed 's/.*/{"id":&}/'; }
disturb() {
	wait_until 600 kafka_begun
	kafka kill 1
	: >down
	sleep 1
	kafka start 2>/dev/null
	: >up
}
mkdir in
for i in 1 2 3 4; do rows $((i * 1000)) $((i * 1000 + 999)) >in/$i.ndjson; done

# Rows come before the broker's death, while it is away, and after it.
disturb &
{
	cat in/1.ndjson
	wait_until 600 test -e down
	cat in/2.ndjson in/3.ndjson
	wait_until 600 test -e up
	cat in/4.ndjson
} | medal-write -b "$brokers" "kafka:$topic" 2>err
echo "${PIPESTATUS[1]}"
kafka_said err
wait
kafka_read "$topic" | sort | cmp - <(sort in/*) && echo equal

kafka_topic 3
rm down up
disturb &
# the stream as it comes, but the third epoch when the broker is away
held() {
	local begins=0 line
	while IFS= read -r line; do
		case $line in '{"_medal":"begin"'*) [ $((begins += 1)) != 3 ] || wait_until 600 test -e down ;; esac
		printf '%s\n' "$line"
	done
}
for ((n = 1; n <= 10; n++)); do
	if { medal-ingest --checkpoint ck --max-files 1 in | held | medal-write -b "$brokers" --key id "kafka:$topic" |
		medal-checkpoint commit; } 2>err; then
		break
	fi
	# where the broker is away for longer than medal waits, it says so
	kafka_said err >/dev/null || echo "ended without a word"
done
wait
kafka_read "$topic" | sort | cmp - <(sort in/*) && echo equal
medal-checkpoint verify ck
