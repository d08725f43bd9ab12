# A sink that needs no value of a row takes it unscanned from a stage that has scanned it: what changes rows between the two
# shows in the books, and nothing is shown of such an epoch. Rows that a foreign program made, or for partitions, are scanned.
. "$MEDAL_TESTS/lib.sh"
mkdir in
printf '{"a":%d}\n' 1 2 3 >in/1.json
run() { # SINK FILTER...: the sink's options, and what stands before it
	local sink=$1
	shift
	rm -rf ck t
	medal-ingest --checkpoint ck --commit-timeout 5m in 2>/dev/null | medal-validate --schema 'a INT' 2>/dev/null | "$@" 2>/dev/null |
		medal-write $sink t 2>/dev/null | medal-checkpoint commit 2>err
	echo "$1 | write $sink: ${PIPESTATUS[4]}, $(find t -name 'part-*' -not -path '*_medal_pending*' | wc -l) files"
	sed 's/;.*//' err
}
run '' sed -u 's/"a":2}/"a":2/'
run '--partition-by a' sed -u 's/"a":2}/"a":2/'
run '' medal-exec sed 's/"a":2}/"a":2/'
run '' medal-transform 'SELECT a + 1 AS a'
run '' medal-dedupe --forever -k a
cat t/part-*
medal-checkpoint verify --tables ck | sed 's/.*: //'
