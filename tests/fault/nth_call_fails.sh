# SPDX-License-Identifier: MIT
# The Nth call that changes the file system fails, in each program. STEP=1 takes every N.
. "$MEDAL_TESTS/lib.sh"
[ -e "$MEDAL_BUILD/test/nth_call.so" ] || skip "nth_call.so is not built"
python "$MEDAL_TESTS/fault/nth_call.py" --fault EIO --step "${STEP:-13}" --start 2 &&
	python "$MEDAL_TESTS/fault/nth_call.py" --fault ENOSPC --step "${STEP:-13}" --start 5 2>/dev/null
# A sync, a close, a new name that fails: by their own numbers, and never tried again.
for call in fsync/EIO close/EIO rename/EXDEV renameat/EACCES link/EXDEV link/EACCES open/EMFILE mkdir/ENOSPC; do
	echo "$call: $(python "$MEDAL_TESTS/fault/nth_call.py" --call "${call%/*}" --fault "${call#*/}" --step "${STEP:-11}" 2>/dev/null | tail -n 1)"
done
