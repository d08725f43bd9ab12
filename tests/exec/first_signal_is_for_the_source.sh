# SPDX-License-Identifier: MIT
# A signal to the whole group reaches the command, too: the epoch in hand is finished, and the stream ends in order.
. "$MEDAL_TESTS/lib.sh"
mkdir in
seq -f '{"n":%.0f}' 1000 >in/1.ndjson
cat >run.sh <<'R'
trap : TERM
timeout --foreground 120 medal-ingest --checkpoint ck --follow in |
	medal-exec sh -c 'touch started; sleep 2; cat' | medal-write out | medal-checkpoint commit
R
setsid bash run.sh 2>err &
# all programs are up and hold signals back: they do before they claim their names
all_claimed() { [ -e started ] && [ "$(ls ck/medal/run/*.d/stage.* 2>/dev/null | wc -l)" = 4 ]; }
wait_until 300 all_claimed
kill -TERM -- -$!
wait $!
cat out/part-*.ndjson | cmp - in/1.ndjson && echo whole
