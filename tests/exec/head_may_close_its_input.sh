# SPDX-License-Identifier: MIT
# An endless input ends with the command that has enough; a long one goes on being read under a checkpoint.
. "$MEDAL_TESTS/lib.sh"
(trap - PIPE; yes '{"a":1}') | timeout 120 medal-exec head -n 2
echo "${PIPESTATUS[1]}"
mkdir in
yes '{"a":"0123456789012345678901234567890123456789"}' | head -n 200000 >in/1.ndjson
medal-ingest --checkpoint ck in | medal-exec head -n 1 | medal-write out | medal-checkpoint commit
echo "${PIPESTATUS[*]}"
cat out/*.ndjson
grep -o '"dropped:head":"[0-9]*"' ck/medal/ledger/0
