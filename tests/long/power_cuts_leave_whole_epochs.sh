# Every moment of a run of six epochs, and samples of runs that were killed, or cut off, before.
. "$MEDAL_TESTS/lib.sh"
[ -e "$MEDAL_BUILD/test/trace_calls.so" ] || skip "trace_calls.so is not built"
for pipeline in rows groups branches; do
	"$MEDAL_TESTS/fault/power_cut.py" --pipeline $pipeline --every 1
	"$MEDAL_TESTS/fault/power_cut.py" --pipeline $pipeline --every 8 --kills 20 --again 20
done
# so many that state files are merged
"$MEDAL_TESTS/fault/power_cut.py" --epochs 26 --every 60
