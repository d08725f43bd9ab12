# SIGTERM in the middle, as often as it takes: each run ends with its epoch, and the tables and books of the epochs
# are those of an undisturbed run, late rows too (a no-data epoch in between would move the watermark).
. "$MEDAL_TESTS/lib.sh"
[ -e "$MEDAL_BUILD/test/nth_call.so" ] || skip "nth_call.so is not built"
mkdir raw
medal-simulate music --rows 8000 --late 5% --late-by 1m --users 20000 -q | split -d -l 200 --additional-suffix=.ndjson - raw/
touch -d 2024-01-01 raw/* # the order is that of the names
hop() {
	medal-ingest --checkpoint $1/ckpt --max-files 1 raw & echo $! >$1.pid
	wait $!
}
pipeline() {
	hop $1 | medal-dedupe -k userId,ts --watermark 'timestamp_millis(ts) 2 seconds' --late $1/late | medal-write $1/t |
		medal-checkpoint commit
}
mkdir calm stopped
pipeline calm
# the source sleeps where it has planned epoch N, so that the signal meets it there
export MEDAL_FAULT_IN=medal-ingest MEDAL_FAULT_CALL=link MEDAL_FAULT_WHEN=after MEDAL_FAULT_AT=1 MEDAL_FAULT=stop
export MEDAL_FAULT_MARK=$PWD/mark
sleeps() { [ -s mark ] && grep -q '^State:.T' "/proc/$(cut -d' ' -f2 mark)/status"; }
for n in 4 9 17 30; do
	rm -f mark
	MEDAL_FAULT_PATH=*/offsets/$n LD_PRELOAD=$MEDAL_BUILD/test/nth_call.so pipeline stopped &
	wait_until 300 sleeps
	kill -TERM $(cat stopped.pid)
	kill -CONT $(cat stopped.pid)
	wait $!
	[ -e stopped/ckpt/offsets/$((n + 1)) ] && echo "it went on after epoch $n"
done 2>/dev/null
unset "${!MEDAL_FAULT@}"
pipeline stopped
for d in calm stopped; do
	medal-checkpoint show --json --last 0 $d/ckpt |
		jq -c '[.epoch, .watermark_ms, (.stages[] | [.name, .in, .out, .out_sum, .buckets])]' >$d.books
	sort $d/t/part-* >$d.rows
	sort $d/late/part-* >$d.late
done
[ -s calm.late ] || echo "no row was late"
for f in books rows late; do
	cmp calm.$f stopped.$f && echo "$f equal"
done
