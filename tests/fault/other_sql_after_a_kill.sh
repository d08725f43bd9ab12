# The SQL is another one after the kill: each epoch has the rows of the one or of the other, as a hand's count has them.
# Other keys over old state are refused. A quarter of the named steps; all in tests/long.
. "$MEDAL_TESTS/lib.sh"
[ -e "$MEDAL_BUILD/test/nth_call.so" ] || skip "nth_call.so is not built"
"$MEDAL_TESTS/fault/kill_points.py" sql --every 4 --seed "${SEED:-7}"
