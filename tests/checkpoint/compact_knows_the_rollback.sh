# Merged files cannot be taken apart: a rollback into them is refused with the epoch to which it may go. One above them
# works and takes the table's log back with the merged files in it; so does one of the hop that reads.
. "$MEDAL_TESTS/lib.sh"
set -o pipefail
mkdir in
put() {
	local i
	for ((i = $1; i <= $2; i++)); do echo "{\"id\":$i}" >in/$i.ndjson; done
}
bronze() { medal-ingest --checkpoint ckpt/bronze --max-files 1 in | medal-write bronze | medal-checkpoint commit; }
gold() { medal-ingest --checkpoint ckpt/gold --max-files "$1" bronze | medal-write gold | medal-checkpoint commit; }
put 100 114
roll() { medal-checkpoint rollback "$@" | sed "s|$PWD/||g"; }
bronze && gold 5
medal-checkpoint compact --keep 0 --older-than 0s bronze
put 115 124
bronze && gold 5
medal-checkpoint compact --keep 0 --older-than 0s bronze
put 125 129
bronze && gold 5
echo "--- the table"
status roll --cascade --to 7 ckpt/bronze
echo "--- the reader"
status roll --to 1 ckpt/gold
status roll --to 3 ckpt/gold
gold 100
echo "--- above"
status roll --cascade --to 19 ckpt/bronze
python3 "$MEDAL_TESTS/log_rows.py" bronze n
python3 "$MEDAL_TESTS/log_rows.py" gold n
for c in bronze gold; do medal-checkpoint verify --tables ckpt/$c; done
bronze && gold 100
python3 "$MEDAL_TESTS/log_rows.py" bronze n
medal-ingest gold | sort | uniq -c | awk '{n[$1]++} END {for (k in n) print n[k], "rows", k, "times"}'
for c in bronze gold; do medal-checkpoint verify --tables ckpt/$c; done
