# --max-files, --max-records and --max-bytes, soft at file ends; a table's epoch is read whole.
mkdir in
for i in 1 2 3 4 5; do
	seq "$i" | sed 's/.*/{"n":&}/' >in/$i.json # i rows of 8 bytes
	touch -d "2024-01-0$i" in/$i.json
done
run() {
	medal-ingest --checkpoint ck "$@" in | medal-write t | medal-checkpoint commit
	echo "$*: $(medal-checkpoint show -j ck | jq -r '.stages[0].in' | tr '\n' ' ')"
	rm -r ck t
}
run
run --max-files 2
run --max-records 3
run --max-records 6
run --max-bytes 20
run --max-bytes 41
run --max-files 3 --max-records 2
medal-ingest --checkpoint ck --max-files 2 in | medal-write --max-file-bytes 10 t | medal-checkpoint commit
ls t/part-* | wc -l
medal-ingest --checkpoint ck2 --max-files 1 t | medal-write t2 | medal-checkpoint commit
echo "a table: $(medal-checkpoint show -j ck2 | jq -r '.stages[0].in' | tr '\n' ' ')"
