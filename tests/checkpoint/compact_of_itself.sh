# With --compact the tail merges a table that has a thousand small files, while the pipeline goes on; epochs that are kept
# stay as they are. Without it all files stay, for a Spark query may stream from them, and it says once how many there are.
. "$MEDAL_TESTS/lib.sh"
need jq
mkdir first in
jq -cn 'range(1100) | {id: .}' >first/all.ndjson
for t in a b; do # one row a file
	medal-ingest --checkpoint ckpt/$t first in | medal-write --max-file-bytes 1 $t | medal-checkpoint commit --no-compact
	ls $t | grep -c '^part-'
done
put() {
	local i
	for ((i = $1; i <= $2; i++)); do
		jq -cn "{id: ($i + 1099)}" >in/.f
		mv in/.f in/$i.ndjson
	done
}
for t in a b; do
	rm -f in/*
	put 1 20
	# shellcheck disable=SC2046
	bash -c 'echo $$ >pid; exec medal-ingest --checkpoint ckpt/$0 --follow --trigger 20ms --max-files 1 first in' $t | medal-write $t |
		medal-checkpoint commit --retain 5 $([ $t = a ] && echo --compact) 2>$t.err &
	# it merges while the pipeline waits for more
	[ $t = b ] || wait_until 300 grep -qs '"shown_ms":"*[0-9]' $t/_medal_merged
	wait_until 300 test -e ckpt/$t/commits/20
	put 21 30
	wait_until 300 test -e ckpt/$t/commits/30
	kill -TERM "$(cat pid)"
	wait
	medal-ingest $t | jq .id | sort -n | uniq | wc -l
	python3 "$MEDAL_TESTS/log_rows.py" $t n
	tail -n +2 $t/_spark_metadata/29.compact | wc -l | tr -d ' ' | sed 's/^1[0-9]$/few/; s/^2[0-9]$/few/; s/^[0-9]$/few/'
	medal-checkpoint verify --tables ckpt/$t >out || cat out
done
grep -c 'b has .* small files' b.err
grep -c 'small files' a.err
medal-checkpoint rollback --to 28 ckpt/a | sed "s|$PWD/||"
