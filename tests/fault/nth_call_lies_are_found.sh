# SPDX-License-Identifier: MIT
# The driver's own check: calls that say that all is well and have done nothing make wrong tables, and it finds them.
. "$MEDAL_TESTS/lib.sh"
[ -e "$MEDAL_BUILD/test/nth_call.so" ] || skip "nth_call.so is not built"
python "$MEDAL_TESTS/fault/nth_call.py" --fault lie --program medal-checkpoint --step 7 2>/dev/null | tail -n 1
