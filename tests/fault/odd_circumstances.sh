# Short and interrupted calls, signals, neighbours that are gone, limits of file sizes, runs that begin at once, locks that
# somebody removes. Samples, the seeds are on
# standard error; hundreds of each in tests/long.
. "$MEDAL_TESTS/lib.sh"
[ -e "$MEDAL_BUILD/test/odd_calls.so" ] || skip "odd_calls.so is not built"
"$MEDAL_TESTS/fault/odd.py" short --times 25 &&
	"$MEDAL_TESTS/fault/odd.py" pipes --times 10 &&
	"$MEDAL_TESTS/fault/odd.py" clock --times 10 &&
	"$MEDAL_TESTS/fault/odd.py" signals --times 20 &&
	"$MEDAL_TESTS/fault/odd.py" readers --times 8 &&
	"$MEDAL_TESTS/fault/odd.py" limits --times 12 &&
	"$MEDAL_TESTS/fault/odd.py" races --times 8 &&
	"$MEDAL_TESTS/fault/odd.py" forged --times 6
