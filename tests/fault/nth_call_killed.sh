# SPDX-License-Identifier: MIT
# Each program dies before its Nth call that changes the file system. STEP=1 takes every N.
. "$MEDAL_TESTS/lib.sh"
[ -e "$MEDAL_BUILD/test/nth_call.so" ] || skip "nth_call.so is not built"
python "$MEDAL_TESTS/fault/nth_call.py" --fault kill --step "${STEP:-11}"
