# Spark's own results for windows of five minutes, a delay of ten, one file a batch: rows above the watermark of the batch
# before count although that of this batch closes their window. In append, update and complete mode.
batch() {
	local n=$1 t
	shift
	for t; do echo "{\"ts\":\"2024-01-02T${t}Z\"}"; done >in/$n.json
	touch -d "2024-02-01 00:00:0$n" in/$n.json
}
mkdir in
batch 0 00:00:00 00:04:59.999999 00:05:00
batch 1 00:21:00
batch 2 00:01:00 00:10:59 00:11:00 00:09:59
batch 3 00:01:00 00:10:59 00:11:00 00:14:59
for mode in append update complete; do
	sink=append
	[ $mode = complete ] && sink=overwrite
	medal-ingest --checkpoint ck.$mode --max-files 1 in |
		medal-aggregate --output-mode $mode --late late.$mode --watermark 'CAST(ts AS TIMESTAMP) 10 minutes' \
			"SELECT date_format(window.start, 'HH:mm') AS w, count(*) AS n GROUP BY window(CAST(ts AS TIMESTAMP), '5 minutes')" |
		tee stream.$mode | medal-write --mode $sink $mode | medal-checkpoint commit
	echo "$mode: status ${PIPESTATUS[*]}"
	# rows between the control lines
	awk '/"_medal":"begin"/ { n++; s = "" } /"_medal":"barrier"/ { print "batch " n - 1 ":" s } !/"_medal"/ { s = s " " $0 }' stream.$mode
	cat late.$mode/part-* 2>/dev/null
done
true
