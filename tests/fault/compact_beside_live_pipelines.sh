# Two hops run on and on, one epoch a file, and both are killed now and then; meanwhile the table between them is merged
# again and again, and the merge is killed, too. In the end each row is in each table once, and the table is small.
. "$MEDAL_TESTS/lib.sh"
need jq
rounds=${ROUNDS:-8}
wait=
mkdir in ckpt
files=0
put() {
	local i
	for ((i = 0; i < 40; i++)); do
		printf '{"id":%d}\n{"id":%d}\n' $((2 * files)) $((2 * files + 1)) >in/.f
		mv in/.f "in/$((100000 + files)).ndjson"
		files=$((files + 1))
	done
}
bronze() { medal-ingest $wait --checkpoint ckpt/bronze --max-files 1 in | medal-write bronze | medal-checkpoint commit --no-compact; }
gold() { medal-ingest $wait --checkpoint ckpt/gold --max-files 25 bronze | medal-write gold | medal-checkpoint commit; }
# $1 seconds, then kill -9 of all that $2 started
run_for() {
	local seconds=$1
	shift
	setsid bash -c "$(declare -f bronze gold); $*" 2>>err &
	local pid=$!
	sleep "$seconds"
	kill -9 -- -$pid 2>/dev/null
	wait $pid 2>/dev/null
}
RANDOM=${SEED:-7}
for ((r = 0; r < rounds; r++)); do
	put
	run_for 0.$((RANDOM % 5 + 2)) bronze &
	run_for 0.$((RANDOM % 5 + 3)) gold &
	(
		for i in 1 2 3; do
			timeout -s KILL 0.0$((RANDOM % 9 + 1)) medal-checkpoint compact --keep 0 --older-than 0s bronze
		done
		medal-checkpoint compact --keep 0 --older-than 0s bronze
	) >>merged 2>>refused
	wait
done
wait=--wait
bronze 2>>err && gold 2>>err || fail "the pipelines fail: $(tail -3 err)"
for t in bronze gold; do
	python3 "$MEDAL_TESTS/log_rows.py" $t | tail -n +2 | sort >rows
	jq -cn "range($files * 2) | {id: .}" | sort | cmp - rows || fail "$t: rows are lost or doubled"
	medal-checkpoint verify --tables ckpt/$t >out || fail "$t: $(cat out)"
done
medal-checkpoint compact --keep 0 --older-than 0s bronze >>merged || fail "$(tail -1 refused)"
[ "$(ls bronze | grep -c '^part-')" -lt 60 ] || fail "$(ls bronze | grep -c '^part-') files are left"
[ "$(grep -c 'are now' merged)" -gt 0 ] || fail "nothing was merged: $(cat merged refused)"
grep -v 'Killed\|are being merged\|is not finished\|cannot be opened\|is no table' refused
grep -hv 'was killed\|waiting for\|in use by\|names are given\|broken pipe\|is over\|bronze: cannot be read' err | sort | uniq -c | head
