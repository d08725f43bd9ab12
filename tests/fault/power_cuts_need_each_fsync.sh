# The driver's own check: without the syncs of files, of directories or of both, power cuts leave wrong tables, and
# it finds them, in the first sample of moments or in a later one.
. "$MEDAL_TESTS/lib.sh"
[ -e "$MEDAL_BUILD/test/trace_calls.so" ] || skip "trace_calls.so is not built"
for what in fsync dirs files; do
	echo "$what: $("$MEDAL_TESTS/fault/power_cut.py" --every 10 --seed "${SEED:-7}" --forget $what 2>/dev/null)"
done
