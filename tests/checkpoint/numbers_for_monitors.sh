printf '{"a":1}\n{"a":1}\nx\n' >in.ndjson
medal-ingest --checkpoint ck --quarantine q in.ndjson | medal-dedupe -k a --forever | medal-write out |
	medal-checkpoint commit --progress-log progress.ndjson --metrics metrics.prom
jq -c '[.batchId, .numInputRows, .sink.numOutputRows, .observedMetrics.medal, (.id | length), (.runId | length), .eventTime]' progress.ndjson
jq -c '.sources[0] | [.startOffset, .endOffset, .numInputRows, (.processedRowsPerSecond | type)]' progress.ndjson
jq -r '.timestamp | test("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}[.][0-9]{3}Z$")' progress.ndjson
grep -v -e '^#' -e seconds metrics.prom
