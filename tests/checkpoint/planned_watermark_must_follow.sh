# The bug: a damaged watermark in offsets/N of an epoch that was planned and not decided was believed, so that other rows
# were late. It is refused, and without the file the epoch is planned anew.
. "$MEDAL_TESTS/lib.sh"
mkdir in
for i in 1 2 3; do
	echo "{\"a\":$i,\"ts\":170000000000$i}" >in/$i.json
	touch -d "2024-02-01 00:00:0$i" in/$i.json
done
run() {
	medal-ingest --checkpoint ck --max-files "$1" in | medal-dedupe -k a --watermark 'timestamp_millis(ts) 0 seconds' |
		medal-write t | medal-checkpoint commit
	echo "${PIPESTATUS[*]}"
}
mv in/3.json .
run 1
# planned as by a run that was killed then
mv 3.json in/
n=$(ls ck/offsets | sort -n | tail -n 1)
medal-ingest --checkpoint ck --commit-timeout 1s in 2>/dev/null | medal-dedupe -k a --watermark 'timestamp_millis(ts) 0 seconds' 2>/dev/null |
	medal-write t 2>/dev/null | cat >/dev/null
[ -e "ck/offsets/$((n + 1))" ] && [ ! -e "ck/commits/$((n + 1))" ] || echo "nothing is planned"
sed -i 's/Ms":17/Ms":16/' "ck/offsets/$((n + 1))"
run 1 2>err
sed "s|$PWD/||; s|offsets/[0-9]*|offsets/N|" err | grep ingest: | cut -c1-150
rm "ck/offsets/$((n + 1))"
run 1
cat t/part-*
medal-checkpoint verify --tables ck | sed 's/.*: //'
