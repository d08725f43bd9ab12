# SPDX-License-Identifier: MIT
# What Spark could not know is refused: no epoch, an epoch in doubt, half a file, state, an input half read, a final end.
. "$MEDAL_TESTS/lib.sh"
refused() {
	medal-checkpoint handoff --to spark "$1" >/dev/null 2>err
	echo "$1: $? $(grep -o "$2" err || cat err)"
}
printf '{"a":1}\n{"a":2}\n' >in.ndjson
refused none 'no checkpoint'
mkdir empty && printf '{"id":"x"}' >empty/metadata
refused empty 'no committed epoch'

medal-ingest --checkpoint doubt --commit-timeout 500ms in.ndjson 2>/dev/null | cat >/dev/null
refused doubt 'planned and not decided: run the pipeline once more'
medal-ingest --checkpoint doubt in.ndjson | medal-write doubt.out | medal-checkpoint commit
refused doubt none

cp in.ndjson log
medal-ingest --checkpoint tail --tail log | medal-write tail.out | medal-checkpoint commit
refused tail none
printf '{"a":3}\n' >>log
refused tail 'is read to byte 16 of 24'

medal-ingest --checkpoint state in.ndjson | medal-dedupe -k a --forever | medal-write state.out | medal-checkpoint commit
refused state "state of 'dedupe'"
medal-checkpoint handoff --drop-state --to spark state | grep 'stays behind'

medal-ingest --checkpoint final --final in.ndjson | medal-write final.out | medal-checkpoint commit
refused final 'was --final'

medal-checkpoint handoff ckpt
