# SPDX-License-Identifier: MIT
seq -f '{"n":%.0f}' 100 >in.ndjson
medal-ingest --checkpoint ck in.ndjson | medal-exec --ok 0,1 grep 7 | medal-exec --name double jq -c '.n *= 2' |
	medal-write out | medal-checkpoint commit
echo "${PIPESTATUS[*]}"
grep -o '"name":"exec","passes":true,"in":"100"' ck/medal/ledger/0
grep -o '"dropped:grep":"[0-9]*"' ck/medal/ledger/0
grep -o '"name":"double","passes":true,"in":"[0-9]*"' ck/medal/ledger/0
grep -o '{"command":[^}]*}' ck/medal/ledger/0
cat out/*.ndjson | wc -l
