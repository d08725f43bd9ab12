# A process of an old run sleeps while a new run goes through or waits for it; woken up, it decides and shows nothing
# wrong. Without locks, and a link(2) that replaces, the driver must find an error: at a step where there is one every
# second or third time, and it goes on until it has found one. A fifth of the named steps; all in tests/long.
. "$MEDAL_TESTS/lib.sh"
[ -e "$MEDAL_BUILD/test/nth_call.so" ] || skip "nth_call.so is not built"
"$MEDAL_TESTS/fault/kill_points.py" stop --every 5 &&
	"$MEDAL_TESTS/fault/kill_points.py" duel --only "before decide" &&
	"$MEDAL_TESTS/fault/kill_points.py" stop --break flock,link --only "before claim: owner of the quarantine" --times 300 2>/dev/null | tail -n 1
