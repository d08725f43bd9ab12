# A table is the source of the next hop: what its log lists, each epoch once, and only what has come since the last run.
mkdir in
put() {
	seq "$1" "$2" | sed 's/.*/{"n":&}/' >in/$1.json
	medal-ingest --checkpoint ck in | medal-write t | medal-checkpoint commit
}
hop() {
	medal-ingest --checkpoint ck2 t | medal-write t2 | medal-checkpoint commit
	echo "$(cat t2/part-* | wc -l) rows, $(ls ck2/commits | wc -l) epochs"
}
put 1 3
hop
hop
put 4 5
put 6 9
# what is not in the log is not read
echo '{"n":99}' >t/part-99-0.ndjson
echo '{"n":98}' >t/stray.json
hop
hop
cat t2/part-* | jq .n | tr '\n' ' '
# twelve more epochs, over a .compact of the table's and of the source's log
for i in $(seq 10 21); do put $i $i; done
hop
cat t2/part-* | jq .n | sort -n | uniq -c | awk '$1 != 1 { print "not once", $0 } END { print NR }'
medal-checkpoint verify --tables ck2 | sed 's/.*: //'
