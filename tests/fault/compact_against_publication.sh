# SPDX-License-Identifier: MIT
# A merge falls asleep when it is about to replace the newest .compact of a table's log, and the pipeline comes to the epoch
# that writes the next one from it. The table's lock keeps the pipeline waiting, and each row is there once. The control:
# with locks that lock nothing the pipeline goes on, its .compact lists the files that the merge then removes, and that is found.
. "$MEDAL_TESTS/lib.sh"
shim=$MEDAL_BUILD/test/nth_call.so
[ -e "$shim" ] || skip "nth_call.so is not built"
need jq
put() { # FROM TO
	local i
	for ((i = $1; i <= $2; i++)); do
		printf '{"id":%d}\n' "$i" >in/.f
		mv in/.f "in/$i.ndjson"
	done
}
bronze() { medal-ingest --checkpoint ck --max-files 1 in | medal-write t | medal-checkpoint commit; }
sleeps() { [ -s mark ] && grep -q '^State:.T' "/proc/$(cut -d' ' -f2 mark)/status"; }
# run BROKEN: what to break, or nothing; what to wait for is in $until
run() {
	rm -rf in ck t mark
	mkdir in
	put 100 109
	bronze || fail "the first epochs"
	MEDAL_FAULT_IN=medal-checkpoint MEDAL_FAULT_CALL=rename MEDAL_FAULT_PATH='*/_spark_metadata/9.compact' MEDAL_FAULT_AT=1 \
		MEDAL_FAULT=stop MEDAL_FAULT_MARK=$PWD/mark MEDAL_FAULT_BREAK=$1 LD_PRELOAD=$shim \
		medal-checkpoint compact --keep 0 --older-than 0s t >merged 2>&1 &
	local merge=$!
	wait_until 300 sleeps || fail "the merge does not come to its point: $(cat merged)"
	put 110 119
	MEDAL_FAULT_BREAK=$1 LD_PRELOAD=$shim bronze >said 2>&1 &
	local pipeline=$!
	wait_until 300 test -e "$until" || fail "there is no $until: $(cat said)"
	ls ck/commits | wc -l
	kill -CONT "$(cut -d' ' -f2 mark)"
	wait $pipeline || fail "the pipeline: $(cat said)"
	wait $merge || fail "the merge: $(cat merged)"
	cut -d: -f2 merged
}
echo "with the lock"
until=ck/medal/ledger/10
run ""
medal-checkpoint verify --tables ck | sed 's/.*recounted: //'
python3 "$MEDAL_TESTS/log_rows.py" t | tail -n +2 | sort | cmp - <(jq -cn 'range(100; 120) | {id: .}') && echo "each row is there once"
echo "without it"
until=ck/commits/19
run flock
medal-checkpoint verify --tables ck | sed 's/[0-9]* findings/findings/; s/.*recounted: //' | tail -n 1
python3 "$MEDAL_TESTS/log_rows.py" t 2>&1 | tail -n +2 | sort | cmp -s - <(jq -cn 'range(100; 120) | {id: .}') || echo "rows are lost"
