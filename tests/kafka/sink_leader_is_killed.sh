# Three brokers, replicas on each: leaders are killed one after the other while epochs are sent, and the pipeline ends
# well, or goes on in its next run; no row is lost or doubled.
. "$MEDAL_TESTS/kafka/kafka.bash"
KAFKA_HEAP=256m
kafka_own --brokers 3
kafka_topic 6
mkdir in
for i in 1 2 3 4 5 6; do seq $((i * 1000)) $((i * 1000 + 999)) | sed 's/.*/{"id":&}/' >in/$i.ndjson; done
(
	for b in 1 2 3; do
		sleep 0.7
		kafka kill $b
		sleep 0.7
		kafka start 2>/dev/null
	done
	: >done
) &
tries=0
while :; do
	# slowly, so that every epoch may meet a death
	if medal-ingest --checkpoint ck --max-files 1 in 2>/dev/null |
		{ while IFS= read -r line; do
			case $line in '{"_medal"'*) sleep 0.5 ;; esac
			printf '%s\n' "$line"
		done; } |
		medal-write -b "$brokers" --key id "kafka:$topic" 2>>write.err | medal-checkpoint commit 2>/dev/null; then
		break
	fi
	# while brokers are killed, as often as it takes
	if [ -e done ] && [ $((tries += 1)) = 10 ]; then fail "$(tail -n 3 write.err)"; fi
done
wait
kafka_read "$topic" | sort | cmp - <(sort in/*) && echo equal
medal-checkpoint verify ck
