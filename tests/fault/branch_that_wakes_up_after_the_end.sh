# SPDX-License-Identifier: MIT
# Both tails of a tee see that all branches are done; one falls asleep before it decides. The other decides and commits, the
# source ends the run, and the next run takes away what looks unfinished. Then the sleeper wakes up: all is well for it.
. "$MEDAL_TESTS/lib.sh"
shim=$MEDAL_BUILD/test/nth_call.so
[ -e "$shim" ] || skip "nth_call.so is not built"
tail_that_stops() { # MARK CALL PATH WHEN
	env MEDAL_FAULT_IN=medal-checkpoint MEDAL_FAULT_CALL="$2" MEDAL_FAULT_PATH="$3" MEDAL_FAULT_WHEN="$4" MEDAL_FAULT_AT=1 \
		MEDAL_FAULT=stop MEDAL_FAULT_MARK="$PWD/$1" LD_PRELOAD="$shim" medal-checkpoint commit
	echo "branch $1: $?" >"status.$1"
}
sleeps() { [ -s "$1" ] && grep -q '^State:.T' "/proc/$(cut -d' ' -f2 "$1")/status"; }
run_is_over() { [ -z "$(ls ck/medal/run)" ]; }
later_run() { medal-ingest --checkpoint ck --branches a,b in | tee -i >(medal-write --branch a a | medal-checkpoint commit) | medal-write --branch b b | medal-checkpoint commit; }
one() {
	rm -rf in ck a b a.sleeps b.sleeps
	mkdir in
	echo '{"x":1}' >in/1.ndjson
	{
		# branch a begins when b has marked its end: both then see all
		medal-ingest --checkpoint ck --commit-timeout 1h --branches a,b in |
			tee -i >(until [ -s b.sleeps ]; do sleep 0.05; done && medal-write --branch a a | tail_that_stops a.sleeps link '*/medal/ledger/0' before) |
			medal-write --branch b b | tail_that_stops b.sleeps rename '*/0.b' after
		echo "source ${PIPESTATUS[0]}"
	} &
	local pipeline=$!
	wait_until 300 sleeps b.sleeps
	wait_until 300 sleeps a.sleeps
	kill -CONT "$(cut -d' ' -f2 b.sleeps)"
	wait_until 300 test -e ck/commits/0
	wait_until 300 run_is_over
	if [ "$1" = later ]; then
		echo '{"x":2}' >in/2.ndjson
		later_run
		ls ck/commits
	fi
	kill -CONT "$(cut -d' ' -f2 a.sleeps)"
	wait $pipeline
	wait_until 300 test -s status.a.sleeps
	cat status.a.sleeps status.b.sleeps
	rm status.*
	medal-checkpoint verify --tables ck | grep -o 'the books balance'
}
one
one later
