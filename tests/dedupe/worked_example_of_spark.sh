# Spark's dropDuplicatesWithinWatermark batch by batch, delay ten minutes, one file a batch: a key is kept until the
# watermark passes its first row's time plus the delay, whatever comes meanwhile; a row at the watermark is late.
batch() {
	local n=$1 r
	shift
	for r; do echo "{\"k\":\"${r%%@*}\",\"ts\":\"2024-01-02T${r##*@}Z\"}"; done >in/$n.json
	touch -d "2024-02-01 00:00:0$n" in/$n.json
}
mkdir in
batch 0 a@00:00:00 a@00:00:30 b@00:03:00
batch 1 a@00:09:00 a@00:00:00 z@00:20:00
batch 2 a@00:10:00 b@00:12:59
batch 3 a@00:10:01 b@00:13:00 z2@00:40:00
batch 4 a@00:10:05 a@00:31:00
batch 5 a@00:35:00
medal-ingest --checkpoint ck --max-files 1 in |
	medal-dedupe -k k --watermark 'CAST(ts AS TIMESTAMP) 10 minutes' --duplicates dup --late late |
	medal-write t | medal-checkpoint commit
echo "status ${PIPESTATUS[*]}"
for n in 0 1 2 3 4 5; do
	echo "batch $n: $(cat t/part-$n-* 2>/dev/null | jq -r .k | tr '\n' ' ')"
done
medal-checkpoint show -j ck | jq -c '[.epoch, (.stages[] | select(.name == "dedupe") | .in, .out, .buckets)]'
medal-checkpoint verify --tables ck | sed 's/.*: //'
