# A bare grep, jq or head between the stages loses or holds back control lines: refused, nothing committed, and the next run
# without it is whole.
. "$MEDAL_TESTS/lib.sh"
need jq
mkdir in
for i in 1 2 3; do printf '{"a":%d}\n{"a":%d,"error":1}\n' $i $i >in/$i.json; done
run() {
	medal-ingest --checkpoint ck --max-files 1 --commit-timeout ${patience:-1s} in 2>/dev/null | "$@" | medal-write t 2>/dev/null |
		medal-checkpoint commit 2>err
	local s=$?
	echo "$1: $s $(ls ck/commits | wc -l) commits; $(sed 's/.*error: //; s/[;:(].*//' err)"
}
. "$MEDAL_TESTS/lib.sh"
run grep error
ls t 2>&1
run grep -e error -e '^{"_medal"'
run jq -c 'del(.error)'
run jq -c --unbuffered '. + {x: 1}'
run head -1
run sort
patience=5m run cat
cat t/part-* | wc -l
medal-checkpoint verify --tables ck | sed 's/.*: //'
