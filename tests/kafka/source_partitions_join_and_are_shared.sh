# Partitions that come later are read from their begin, in the same run when it follows; shards have each partition
# once, new ones too, and a checkpoint stays with its shard.
. "$MEDAL_TESTS/kafka/kafka.bash"
kafka_shared
kafka_topic 2
send() { echo "{\"p\":$1,\"n\":$2}" | kcat -P -b "$brokers" -t "$topic" -p "$1"; }
shard() {
	medal-ingest --checkpoint "${ck-ck}$1" -b "$brokers" -t "$topic" "${@:2}" 2>"err$1" | medal-write "table$1" 2>/dev/null |
		medal-checkpoint commit 2>/dev/null
	local status=${PIPESTATUS[0]}
	echo "$* status $status: $(cat "table$1"/part* 2>/dev/null | jq -s -c 'map([.p, .n]) | sort')"
	sed "s/$topic/TOPIC/" "err$1"
}
send 0 1
send 1 1
for k in 1 2 3; do shard $k --shard $k/3; done
kafka_admin partitions "$topic" 6
for p in 2 3 4 5; do send $p 2; done
for k in 1 2 3; do shard $k --shard $k/3; done
shard 1 --shard 1/2
shard 1
shard a --partitions 0-1,4
shard b --partitions 2-3,5-
echo handed over:
{
	medal-checkpoint handoff --to spark ck1 || echo $?
	medal-checkpoint handoff --merge whole ck1 ck2 || echo $?
	medal-checkpoint handoff --merge whole ck1 ck2 cka || echo $?
	medal-checkpoint handoff --merge whole ck1 ck2 ck3
} 2>&1 | sed "s/$topic/TOPIC/;s|$PWD/||"
send 3 4
ck= shard whole
echo a run that follows:
medal-ingest --checkpoint ckf -b "$brokers" -t "$topic" --follow --trigger 100ms -X topic.metadata.refresh.interval.ms=300 |
	medal-write tablef | medal-checkpoint commit &
wait_until 600 eval '[ "$(cat tablef/part* 2>/dev/null | wc -l)" = 7 ]'
kafka_admin partitions "$topic" 7
send 6 3
wait_until 600 eval '[ "$(cat tablef/part* 2>/dev/null | wc -l)" = 8 ]'
ingest=$(pgrep -P $$ medal-ingest)
kill -TERM "$ingest"
wait_until 600 eval '! kill -0 $ingest 2>/dev/null'
wait_until 600 eval '! pgrep -P $$ medal-checkpoi >/dev/null'
cat tablef/part* | jq -s -c 'map([.p, .n]) | sort'
tail -n 1 "ckf/offsets/$(ls ckf/offsets | sort -n | tail -n 1)" | jq -cS '.[]'
