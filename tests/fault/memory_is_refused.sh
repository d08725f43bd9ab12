# SPDX-License-Identifier: MIT
# The Nth request for memory is refused, of each program and its libraries, alone or with all that follow: status 75 (or 2)
# with words, no wrong commit, and later the same tables. Samples; every N in tests/long.
. "$MEDAL_TESTS/lib.sh"
case $MEDAL_BUILD in */san-*) skip "a sanitizer has a malloc of its own" ;; esac
[ -e "$MEDAL_BUILD/test/malloc_fails.so" ] || skip "malloc_fails.so is not built"
python "$MEDAL_TESTS/fault/nth_call.py" --fault malloc --step "${STEP:-331}" --start "${START:-7}" &&
	python "$MEDAL_TESTS/fault/nth_call.py" --fault memory --pipeline groups --step "${STEP:-499}" --start "${START:-3}"
