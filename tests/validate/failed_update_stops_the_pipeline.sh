# SPDX-License-Identifier: MIT
printf '{"a":1}\n{"a":0}\n' >in.ndjson
run() {
	medal-ingest --checkpoint ck in.ndjson |
		medal-validate -e "pos EXPECT ($1) ON VIOLATION FAIL UPDATE" | medal-write out | medal-checkpoint commit
	echo "${PIPESTATUS[*]}"
}
run 'a > 0' 2>/dev/null | cut -d ' ' -f 2,4
ls out/*.ndjson 2>/dev/null || echo nothing is visible
run 'a >= 0'
cat out/*.ndjson
