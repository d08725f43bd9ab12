# State files become one in the background: when that cannot be written, or its result gets no name, no epoch hears of it.
. "$MEDAL_TESTS/lib.sh"
[ -e "$MEDAL_BUILD/test/nth_call.so" ] || skip "nth_call.so is not built"
merge() { python "$MEDAL_TESTS/fault/nth_call.py" --program medal-dedupe --epochs 26 --harmless "$@" 2>/dev/null; }
merge --path '*/.merge.*' --fault ENOSPC --step "${STEP:-5}"
merge --path '*/.merge.*' --call fsync --fault EIO --step "${STEP:-5}"
merge --path '*/state/medal/*/[1-9]*.snapshot' --fault EIO --step "${STEP:-5}"
