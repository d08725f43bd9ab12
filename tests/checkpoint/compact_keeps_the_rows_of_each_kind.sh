# Small files of each kind become one, with the same rows (python reads them by the table's log) in the same order.
. "$MEDAL_TESTS/lib.sh"
need jq zstd
mkdir in
for i in {100..124}; do
	jq -cn "range($i * 3; $i * 3 + 3) | {id: ., t: \"a\\n\\\"b\\\", \\(.)\", p: (. % 2)}" >in/$i.ndjson
done
n=0
for o in "--compress none" "--compress gzip" "--compress zstd" "--format csv" "--format csv --compress gzip" \
	"--format csv --compress zstd --partition-by p" "--partition-by p" "--max-file-bytes 50"; do
	n=$((n + 1)) t=t$n
	# shellcheck disable=SC2086
	medal-ingest --checkpoint ckpt/$n --max-files 1 in | medal-write $o $t | medal-checkpoint commit
	python3 "$MEDAL_TESTS/log_rows.py" $t >before
	case $o in *csv*) ;; *) medal-ingest $t >order ;; esac
	echo "$o"
	medal-checkpoint compact --keep 0 $t | sed 's/, [0-9]* bytes/, N bytes/'
	python3 "$MEDAL_TESTS/log_rows.py" $t | cmp - before
	medal-checkpoint compact --keep 0 --older-than 0s $t
	python3 "$MEDAL_TESTS/log_rows.py" $t | cmp - before
	case $o in *csv* | *partition*) ;; *) medal-ingest $t | cmp - order ;; esac
	medal-checkpoint verify --tables ckpt/$n >out || cat out
	find $t -name 'part-*_*' | sort
done
