# Ten backups while a pipeline with state runs and purges: each restores, ends at a commit, and has nothing of the epoch after.
. "$MEDAL_TESTS/lib.sh"
mkdir in
medal-ingest --checkpoint c --follow --trigger 20ms in | medal-dedupe -k id --forever | medal-write t |
	medal-checkpoint commit --retain 3 >/dev/null &
(for i in {1..400}; do printf '{"id":%d}\n' $i >in/.$i && mv in/.$i in/$i.ndjson; sleep 0.02; done) &
feeder=$!
wait_until 300 test -e c/commits/5
for i in {1..10}; do
	medal-checkpoint backup $i.tar.zst c >out || echo "backup $i fails"
	n=$(grep -o 'epoch [0-9]*' out | cut -d' ' -f2)
	tar --zstd -tf $i.tar.zst | sed -n 's,^\(offsets\|commits\|medal/ledger\|medal/files\)/,,p' | sort -n | tail -1 |
		grep -qx "$n" || echo "backup $i is not of epoch $n alone"
	medal-checkpoint restore $i.tar.zst r$i >/dev/null || echo "restore $i fails"
	medal-checkpoint verify r$i >out || { echo "verify $i:"; cat out; }
	cmp c/metadata r$i/metadata
done
kill $feeder
pkill -TERM -P $$ medal-ingest
wait
ls -d r* | wc -l
