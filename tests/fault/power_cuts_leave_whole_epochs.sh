# A power cut at moments of a run chosen by one seed (SEED=N for another): tests/long takes them all.
. "$MEDAL_TESTS/lib.sh"
[ -e "$MEDAL_BUILD/test/trace_calls.so" ] || skip "trace_calls.so is not built"
"$MEDAL_TESTS/fault/power_cut.py" --every 60 --kills 2 --again 1 --seed "${SEED:-7}" &&
	"$MEDAL_TESTS/fault/power_cut.py" --pipeline groups --every 90 --seed "${SEED:-7}" &&
	"$MEDAL_TESTS/fault/power_cut.py" --pipeline branches --every 90 --seed "${SEED:-7}"
