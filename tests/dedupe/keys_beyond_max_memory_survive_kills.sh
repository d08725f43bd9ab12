# Epochs of 300,000 keys, of which 16 MiB hold one and a half; killed in the middle of the third and of the fourth.
. "$MEDAL_TESTS/lib.sh"
mkdir in
for i in 1 2 3 4; do
	awk -v i=$i 'BEGIN { for (k = i * 250000; k < i * 250000 + 300000; k++) print "{\"k\":" k ",\"from\":" i "}" }' >in/$i.json
	touch -d "2024-02-01 00:00:0$i" in/$i.json
done
run() {
	medal-ingest --checkpoint ck --max-files 1 in | (
		echo $BASHPID >pid
		exec medal-dedupe -v --forever -k k --max-memory 16M
	) | medal-write t | medal-checkpoint commit
}
is_saving() {
	[ -s ck/state/medal/dedupe/.$1.*.tmp ]
}
mv in/3.json in/4.json .
run 2>/dev/null
for i in 3 4; do
	mv $i.json in
	tar cf before.tar ck t
	# where it is saved in no time, it is over before it is seen: the same again
	for ((try = 0; try < 300; try++)); do
		rm -rf ck t pid && tar xf before.tar
		run 2>/dev/null &
		while kill -0 $! 2>/dev/null; do
			if is_saving $((i - 1)); then
				kill -9 $(cat pid) 2>/dev/null
				break
			fi
		done
		wait $!
		status=$?
		[ $status = 0 ] || break
	done
	echo "tail $status"
	find ck -name '*keys*' # files of keys have no names, so none is left
done
run 2>err
grep -c "keys in files, beyond --max-memory" err
cat in/*.json | awk -F'[:,]' '!seen[$2]++' | sort >want
cat t/part-* | sort | cmp - want && wc -l <want
medal-checkpoint verify --tables ck | sed 's/.*: //'
find ck/state -name '*.tmp' | wc -l
