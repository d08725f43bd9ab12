# Programs that are not medal's, bare between two stages: each works, and the rows are all there, or it is refused and the
# message says medal-exec; under medal-exec the rows are what the program itself makes of each epoch.
. "$MEDAL_TESTS/lib.sh"
need jq
mkdir in
for e in 0 1 2; do
	seq -f '{"id":%g}' $((e * 20)) $((e * 20 + 29)) >in/$e.ndjson
	touch -d "2026-01-01 00:00:0$e" in/$e.ndjson
done
cat in/* | sort >all
try() {
	rm -rf ck t
	eval "medal-ingest --checkpoint ck --max-files 1 --commit-timeout $2 in | $1 | medal-write t |
		medal-checkpoint commit" >said 2>&1
	sort t/part-* >rows 2>/dev/null
	if [ -s said ]; then
		grep -q medal-exec said && echo "refused with advice" || { echo "refused without advice"; cat said; }
		# what stands is whole epochs
		[ $(($(wc -l <rows) % 30)) = 0 ] || echo "HALF AN EPOCH STANDS"
	elif cmp -s rows all; then
		echo "works"
	else
		echo "WRONG ROWS"
	fi
}
for c in cat 'tee copy' 'sed -u ""' 'grep --line-buffered .' 'stdbuf -oL awk 1' 'jq -c --unbuffered .' \
	'grep 1' 'sed s/1/2/' 'awk "{ print }"' 'jq -c .' sort tac uniq 'head -n 10' 'head -c 100' 'tail -n 5' 'cut -c 1-5' \
	'sed -u p' 'sed -u /_medal/!s/id/ID/' 'python3 -c "import sys; sys.stdout.writelines(sys.stdin)"' 'split -n l/2 --filter=cat' \
	'xargs -n 1 echo' 'grep --line-buffered 1' 'stdbuf -oL tr a-z A-Z' true 'wc -l'; do
	# those that work may be slow, where the machine is; those that hold lines back are waited for in vain
	case $c in
	cat | 'tee copy' | 'sed -u ""' | 'grep --line-buffered .' | 'jq -c --unbuffered .' | python3*) patience=5m ;;
	*) patience=2s ;;
	esac
	echo "$c: $(try "$c" $patience)"
done
echo "-- under medal-exec"
for c in 'jq -c .' 'grep 1' 'awk 1' 'sed s/1/2/' sort tac 'head -n 10' uniq 'tail -n 5' \
	'python3 -c "import sys; sys.stdout.writelines(sys.stdin)"'; do
	rm -rf ck t
	eval "medal-ingest --checkpoint ck --max-files 1 in | medal-exec $c | medal-write t | medal-checkpoint commit" 2>said
	for e in 0 1 2; do eval "$c" <in/$e.ndjson; done | cmp - <(cat t/part-*) && [ ! -s said ] && echo "$c: as by itself" || cat said
done
