# History first, stream after, in one table: its files are epoch 0 of a new checkpoint, the stream goes on behind them, the
# small files of both are merged, and a rollback to the history leaves the history.
. "$MEDAL_TESTS/lib.sh"
need jq
mkdir -p silver/day=1 silver/day=2 in
for d in 1 2; do
	for i in {101..130}; do jq -cn "{id: ($d * 1000 + $i), day: \"$d\"}" >silver/day=$d/hist-$i.json; done
done
put() { for ((i = $1; i <= $2; i++)); do jq -cn "{id: $i, day: \"$((i % 3))\"}" >in/$i.ndjson; done; }
put 10 34
medal-ingest --checkpoint old in | medal-write --partition-by day elsewhere | medal-checkpoint commit
medal-checkpoint import --table silver --spark old new | sed "s|$PWD/||"
stream() { medal-ingest --checkpoint new --max-files 2 in | medal-write --partition-by day silver | medal-checkpoint commit; }
rows() { python3 "$MEDAL_TESTS/log_rows.py" silver n; }
put 35 65
stream
rows
medal-checkpoint compact --keep 0 --older-than 0s silver | sed 's/, [0-9]* bytes/, N bytes/'
rows
medal-checkpoint verify --tables new
for to in 12 0; do
	medal-checkpoint rollback --to $to new | sed "s|$PWD/||"
	rows
	medal-checkpoint verify --tables new
	stream
	rows
done
medal-ingest silver | jq .id | sort -n | jq -s -c '. == [range(35; 66), range(1101; 1131), range(2101; 2131)]'
