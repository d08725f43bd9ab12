# Standard input under a checkpoint: a killed run is finished with the same input, also when it was killed before it had
# kept anything; another input is refused until --stdin new; an empty one finishes what is there and ends nothing.
run() {
	medal-ingest --checkpoint ck --max-records 2 "$@" 2>err | medal-write t 2>/dev/null | medal-checkpoint commit 2>/dev/null
	echo "status ${PIPESTATUS[0]} $?, $(cat t/part-* 2>/dev/null | wc -l) rows"
}
part() { seq 1 "$1" | sed 's/.*/{"n":&}/'; }
killed() {
	local n=$1
	shift
	{ part "$n"; cat hold; } | medal-ingest --checkpoint ck "$@" 2>/dev/null | medal-write t 2>/dev/null | medal-checkpoint commit 2>/dev/null &
	wait_until 300 test -e ck/medal/spool/state
	[ "$n" -lt 2 ] || wait_until 300 test -e ck/commits/0
	kill -9 "$(cat ck/medal/lock)"
	: >hold
	wait
}
. "$MEDAL_TESTS/lib.sh"
mkfifo hold
killed 1 --max-records 2
part 5 | run
part 5 | run # the input was done: this is another one
rm -r ck t
killed 3 --max-records 2
printf '{"n":1}\n{"n":9}\n{"n":3}\n' | run
sed 's/.*an earlier/an earlier/; s/; this.*//' err
run </dev/null
part 5 | run
cat t/part-* | jq .n | sort -n | tr '\n' ' '
echo
rm -r ck t
killed 3 --max-records 2
printf '{"n":7}\n' | run --stdin new
cat t/part-* | jq .n | sort -n | tr '\n' ' '
medal-checkpoint verify --tables ck | sed 's/.*: //'
