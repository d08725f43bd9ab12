# A branch that never came to its tail is named; so is the rollback that takes a table back to a restored checkpoint, and a
# link that leads nowhere.
. "$MEDAL_TESTS/lib.sh"
mkdir in
echo '{"a":1}' >in/1.ndjson
short() { sed "s|$PWD/||g" err | grep -o "$1" | sort -u; }
echo "--- a branch"
# longer and longer, until the other branch has come to its end in time
for patience in 1 4 16 64 200; do
	rm -rf ck t
	medal-ingest --commit-timeout ${patience}s --branches a,b --checkpoint ck in 2>err | medal-write --branch b t 2>/dev/null |
		medal-checkpoint commit 2>/dev/null
	statuses="${PIPESTATUS[*]}"
	grep -q "end of branch a, b" err || break
done
echo "$statuses"
short "which has not .* branch a"
echo "--- a restored checkpoint"
run() { medal-ingest --checkpoint c in | medal-write u | medal-checkpoint commit; }
run
medal-checkpoint backup b.tar.zst c >out
echo '{"a":2}' >in/2.ndjson
run
rm -r c
medal-checkpoint restore b.tar.zst c >out
run 2>err
short "medal-checkpoint rollback [^']*"
medal-checkpoint rollback --to 0 c >out && run
cat u/part-*
echo "--- a link"
ln -s nowhere gone
status medal-ingest --checkpoint gone in 2>err >out
short "gone is .*"
status medal-checkpoint fsck in 2>&1
