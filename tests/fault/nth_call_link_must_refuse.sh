# SPDX-License-Identifier: MIT
# Another hand writes the ledger of the epoch in doubt: put-if-absent refuses. With a link(2) that never says EEXIST,
# the same is not noticed: so this test can fail, and the refusal is link's.
. "$MEDAL_TESTS/lib.sh"
[ -e "$MEDAL_BUILD/test/nth_call.so" ] || skip "nth_call.so is not built"
mkdir in
printf '{"a":1}\n' >in/1.ndjson
printf '{"a":2}\n' >in/2.ndjson
run() {
	rm -rf ck out
	medal-ingest --checkpoint ck --max-files 1 in |
		medal-exec sh -c 'cat; [ ! -e ck/medal/ledger/0 ] || echo "another hand" >ck/medal/ledger/1' |
		medal-write out | medal-checkpoint commit
	echo "${PIPESTATUS[3]}; epochs: $(ls -m ck/commits); table: $(cat out/part-*.ndjson | tr '\n' ' ')"
}
run 2>err
head -n 1 ck/medal/ledger/1
[ -s err ] || echo "no words"
export LD_PRELOAD=$MEDAL_BUILD/test/nth_call.so MEDAL_FAULT_BREAK=link
run
head -n 1 ck/medal/ledger/1 | cut -d " " -f 1
