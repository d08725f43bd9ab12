# The bug: a stage that told the source where it is, just when the source ended, died of SIGPIPE.
echo '{"a":1}' >in.ndjson
for i in $(seq 150); do
	medal-ingest --checkpoint ck in.ndjson | medal-write out | medal-checkpoint commit
	statuses="${PIPESTATUS[*]}"
	[ "$statuses" = '0 0 0' ] || echo "run $i: $statuses"
	echo "{\"a\":$i}" >in$i.ndjson
	medal-ingest --checkpoint ck$i in$i.ndjson | medal-write out$i | medal-checkpoint commit
	statuses="${PIPESTATUS[*]}"
	[ "$statuses" = '0 0 0' ] || echo "first run $i: $statuses"
done
