# Killed before and after each named step of plan, prepare, decide, publish, commit and recovery, once; 20 times in
# tests/long. SEED=N takes other hits.
. "$MEDAL_TESTS/lib.sh"
[ -e "$MEDAL_BUILD/test/nth_call.so" ] || skip "nth_call.so is not built"
"$MEDAL_TESTS/fault/kill_points.py" kill --seed "${SEED:-7}"
