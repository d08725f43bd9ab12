# SIGTERM in the middle, as often as it takes: each run ends with its epoch, and the tables and books of the epochs
# are those of an undisturbed run, late rows too (a no-data epoch in between would move the watermark).
. "$MEDAL_TESTS/lib.sh"
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
stops=0
for n in 4 9 17 30; do
	pipeline stopped &
	wait_until 60 test -e stopped/ckpt/commits/$n
	kill -TERM $(cat stopped.pid) 2>/dev/null && stops=$((stops + 1))
	wait $!
done 2>/dev/null
[ $stops -gt 0 ] || echo "it was never stopped"
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
