# Keys are remembered across runs and across a kill between them; nothing is lost or doubled.
mkdir in
for i in 1 2 3 4 5 6; do
	for k in $(seq $((i * 100)) $((i * 100 + 149))); do echo "{\"k\":$k,\"from\":$i}"; done >in/$i.json
	touch -d "2024-02-01 00:00:0$i" in/$i.json
done
run() {
	medal-ingest --checkpoint ck --max-files 1 in | medal-dedupe --forever -k k --duplicates dup | medal-write t | medal-checkpoint commit
}
mv in/4.json in/5.json in/6.json .
run
mv 4.json 5.json in
# the sink is killed when it has the first rows of the next epochs
medal-ingest --checkpoint ck --max-files 1 in 2>/dev/null | medal-dedupe --forever -k k --duplicates dup 2>/dev/null |
	(head -c 300 >/dev/null; kill -9 $BASHPID) | medal-checkpoint commit 2>/dev/null
echo "tail ${PIPESTATUS[3]}"
mv 6.json in
run
cat t/part-* | jq .k | sort -n | uniq -c | awk '$1 != 1 { print "not once:", $0 } END { print NR, "keys" }'
cat dup/part-* | wc -l
medal-checkpoint verify --tables ck | sed 's/.*: //'
