# With --compact the tail merges a table that has a thousand small files, while the pipeline goes on; epochs that are kept
# stay as they are. Without it all files stay, for a Spark query may stream from them.
. "$MEDAL_TESTS/lib.sh"
need jq
mkdir first in
jq -cn 'range(1100) | {id: .}' >first/all.ndjson
for t in a b; do # one row a file
	medal-ingest --checkpoint ckpt/$t first in | medal-write --max-file-bytes 1 $t | medal-checkpoint commit --no-compact
	ls $t | grep -c '^part-'
done
for i in {1..30}; do jq -cn "{id: ($i + 1099)}" >in/$i.ndjson; done
for t in a b; do
	# shellcheck disable=SC2046
	medal-ingest --checkpoint ckpt/$t --max-files 1 first in | medal-write $t |
		medal-checkpoint commit --retain 5 $([ $t = a ] && echo --compact)
	medal-ingest $t | jq .id | sort -n | uniq | wc -l
	python3 "$MEDAL_TESTS/log_rows.py" $t n
	tail -n +2 $t/_spark_metadata/29.compact | wc -l | tr -d ' ' | sed 's/^1[0-9]$/few/; s/^2[0-9]$/few/; s/^[0-9]$/few/'
	medal-checkpoint verify --tables ckpt/$t >out || cat out
done
medal-checkpoint rollback --to 28 ckpt/a | sed "s|$PWD/||"
