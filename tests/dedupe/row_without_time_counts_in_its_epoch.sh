# A row without event time is never late; its key is known until the end of its epoch (Spark evicts when a batch ends), and
# with a watermark behind 1970 and the delay no longer.
mkdir in
put() {
	local n=$1
	shift
	printf '%s\n' "$@" >in/$n.json
	touch -d "2024-02-01 00:00:0$n" in/$n.json
}
put 0 '{"k":"a"}' '{"k":"a"}' '{"k":"b","ts":1700000000000}'
put 1 '{"k":"a","from":1}' '{"k":"c"}' '{"k":"c","ts":1700000000000}' '{"k":"c"}'
put 2 '{"k":"c","ts":1700000000001}'
medal-ingest --checkpoint ck --max-files 1 in | medal-dedupe -k k --watermark 'timestamp_millis(ts) 10 minutes' |
	medal-write t | medal-checkpoint commit
for n in 0 1 2; do echo "batch $n: $(cat t/part-$n-* | tr '\n' ' ')"; done
