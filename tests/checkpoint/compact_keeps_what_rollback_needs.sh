# Merging leaves each epoch reachable to which the table's own checkpoint, or one that reads it, can be rolled back: the
# former's files stay, and a merged file ends where an epoch of a reader did. A rollback of either and the same commands
# again give the same tables.
. "$MEDAL_TESTS/lib.sh"
set -o pipefail
mkdir in
for ((i = 100; i < 145; i++)); do echo "{\"id\":$i}" >in/$i.ndjson; done
bronze() { medal-ingest --checkpoint ckpt/bronze --max-files 1 in | medal-write bronze | medal-checkpoint commit --retain 5; }
gold() { medal-ingest --checkpoint ckpt/gold --max-files 7 bronze | medal-write gold | medal-checkpoint commit; }
roll() { medal-checkpoint rollback "$@" | sed "s|$PWD/||g"; }
rows() { for t in bronze gold; do cat $t/part-* | sort | uniq -c | awk -v t=$t '{n[$1]++} END {for (k in n) print t, n[k], "rows", k, "times"}'; done; }
bronze && gold
oldest=$(ls ckpt/bronze/offsets | sort -n | head -1)
echo "bronze keeps epochs from $oldest on"
medal-checkpoint compact bronze | sed '$d'
medal-checkpoint compact --older-than 0s bronze | sed "s|$PWD/||g"
ls bronze | grep _ | grep part
status roll --to 1 ckpt/gold
gold
rows
status roll --cascade --to $((oldest + 1)) ckpt/bronze
bronze && gold
rows
for c in bronze gold; do medal-checkpoint verify --tables ckpt/$c; done
