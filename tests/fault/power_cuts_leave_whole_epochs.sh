# A power cut at moments of a run chosen by the seed (on standard error; it replays): tests/long takes them all.
. "$MEDAL_TESTS/lib.sh"
[ -e "$MEDAL_BUILD/test/trace_calls.so" ] || skip "trace_calls.so is not built"
"$MEDAL_TESTS/fault/power_cut.py" --every 60 --kills 2 --again 1 &&
	"$MEDAL_TESTS/fault/power_cut.py" --pipeline groups --every 90 &&
	"$MEDAL_TESTS/fault/power_cut.py" --pipeline branches --every 90
