# 1000 runs with short and interrupted calls, 200 signals, 200 neighbours that are gone, 200 limits of file
# sizes, 500 races of 2 to 8 runs, 100 removed locks.
. "$MEDAL_TESTS/lib.sh"
[ -e "$MEDAL_BUILD/test/odd_calls.so" ] || skip "odd_calls.so is not built"
"$MEDAL_TESTS/fault/odd.py" short --times 1000
"$MEDAL_TESTS/fault/odd.py" pipes --times 200
"$MEDAL_TESTS/fault/odd.py" clock --times 200
"$MEDAL_TESTS/fault/odd.py" signals --times 200
"$MEDAL_TESTS/fault/odd.py" readers --times 200
"$MEDAL_TESTS/fault/odd.py" limits --times 200
"$MEDAL_TESTS/fault/odd.py" races --times 500
"$MEDAL_TESTS/fault/odd.py" forged --times 100
