# SPDX-License-Identifier: MIT
# The Nth call that changes the file system fails, in each program. STEP=1 takes every N.
. "$MEDAL_TESTS/lib.sh"
[ -e "$MEDAL_BUILD/test/nth_call.so" ] || skip "nth_call.so is not built"
python "$MEDAL_TESTS/fault/nth_call.py" --fault EIO --step "${STEP:-13}" --start 2 &&
	python "$MEDAL_TESTS/fault/nth_call.py" --fault ENOSPC --step "${STEP:-13}" --start 5 2>/dev/null
