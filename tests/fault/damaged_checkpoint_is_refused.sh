# Files of a checkpoint, and of the logs of its tables, with a flipped bit, cut off, of zeros, gone; and files of others
# between them. Samples of one seed (SEED=N for another); all lengths and 10000 flips in tests/long.
. "$MEDAL_TESTS/lib.sh"
[ -e "$MEDAL_BUILD/test/nth_call.so" ] || skip "nth_call.so is not built"
"$MEDAL_TESTS/fault/damage.py" flip --times 40 --seed "${SEED:-7}" &&
	"$MEDAL_TESTS/fault/damage.py" cut --every 997 --seed "${SEED:-7}" &&
	"$MEDAL_TESTS/fault/damage.py" gone --after planned --seed "${SEED:-7}" &&
	"$MEDAL_TESTS/fault/damage.py" stray --after decided --seed "${SEED:-7}"
