# Each named step 5 times.
. "$MEDAL_TESTS/lib.sh"
[ -e "$MEDAL_BUILD/test/nth_call.so" ] || skip "nth_call.so is not built"
"$MEDAL_TESTS/fault/kill_points.py" stop --times 5
"$MEDAL_TESTS/fault/kill_points.py" duel --times 5
