# A descriptor that is closed at the start is not the next file that is opened: no record comes into a table that way.
. "$MEDAL_TESTS/lib.sh"
printf '{"a":1}\n{"a":2}\n{"a":1}\n' >in
medal-dedupe -k a --forever --duplicates duplicates <in >&-
echo "dedupe, status $?"
medal-validate --quarantine bad -e 'big EXPECT (a > 1) ON VIOLATION DROP ROW' <in >&-
echo "validate, status $?"
medal-exec cat <in >&-
echo "exec, status $?"
medal-transform 'SELECT a' <&-
echo "transform, status $?"
# words have no place to go to, and do not go into the file
printf '{"a":1}\n{"b":2}\n' | medal-write --format csv table 2>&-
echo "write, status $?"
cat table/*.csv
ls duplicates bad
