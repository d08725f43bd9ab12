# 10000 flips, each length of each file, zeros, missing and strange files.
. "$MEDAL_TESTS/lib.sh"
[ -e "$MEDAL_BUILD/test/nth_call.so" ] || skip "nth_call.so is not built"
"$MEDAL_TESTS/fault/damage.py" flip --times 3400
"$MEDAL_TESTS/fault/damage.py" cut
"$MEDAL_TESTS/fault/damage.py" zeros
"$MEDAL_TESTS/fault/damage.py" gone
"$MEDAL_TESTS/fault/damage.py" stray
