# A process of an old run sleeps while a new run goes through or waits for it; woken up, it decides and shows nothing
# wrong. Without locks, and where a run file that has gone is not seen, the driver must find an error: the new sink takes away
# what the old tail then decides on. A fifth of the named steps; all in tests/long.
. "$MEDAL_TESTS/lib.sh"
[ -e "$MEDAL_BUILD/test/nth_call.so" ] || skip "nth_call.so is not built"
"$MEDAL_TESTS/fault/kill_points.py" stop --every 5 --seed "${SEED:-7}" &&
	"$MEDAL_TESTS/fault/kill_points.py" duel --seed "${SEED:-7}" --only "before" &&
	"$MEDAL_TESTS/fault/kill_points.py" duel --seed "${SEED:-7}" --break flock,names --only "before prepare: table named" 2>/dev/null | tail -n 1
