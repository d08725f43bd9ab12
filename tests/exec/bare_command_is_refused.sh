# SPDX-License-Identifier: MIT
# Without medal-exec a grep eats the control lines: a table of a checkpoint takes no such rows, and the cause is named.
printf '{"a":1}\n' >in.ndjson
medal-ingest --checkpoint ck in.ndjson | medal-write out | medal-checkpoint commit
printf '{"a":2}\n' >in2.ndjson
medal-ingest --commit-timeout 1s --checkpoint ck in.ndjson in2.ndjson 2>/dev/null | grep '"a"' |
	medal-write out 2>err | medal-checkpoint commit 2>/dev/null
echo "${PIPESTATUS[*]:2}"
grep -o 'by medal-exec' err
medal-ingest --checkpoint ck in.ndjson in2.ndjson | medal-exec grep '"a"' | medal-write out | medal-checkpoint commit
cat out/*.ndjson
