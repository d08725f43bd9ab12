# Short and interrupted calls, signals, neighbours that are gone, limits of file sizes, runs that begin at once, locks that
# somebody removes. Samples of one seed (SEED=N for another); hundreds of each in tests/long.
. "$MEDAL_TESTS/lib.sh"
[ -e "$MEDAL_BUILD/test/odd_calls.so" ] || skip "odd_calls.so is not built"
"$MEDAL_TESTS/fault/odd.py" short --times 25 --seed "${SEED:-7}" &&
	"$MEDAL_TESTS/fault/odd.py" pipes --times 10 --seed "${SEED:-7}" &&
	"$MEDAL_TESTS/fault/odd.py" clock --times 10 --seed "${SEED:-7}" &&
	"$MEDAL_TESTS/fault/odd.py" signals --times 20 --seed "${SEED:-7}" &&
	"$MEDAL_TESTS/fault/odd.py" readers --times 8 --seed "${SEED:-7}" &&
	"$MEDAL_TESTS/fault/odd.py" limits --times 12 --seed "${SEED:-7}" &&
	"$MEDAL_TESTS/fault/odd.py" races --times 8 --seed "${SEED:-7}" &&
	"$MEDAL_TESTS/fault/odd.py" forged --times 6 --seed "${SEED:-7}"
