mkdir in
for i in 1 2 3; do seq 1 100 | sed "s/.*/{\"a\":&,\"f\":$i}/" > in/$i.ndjson; done
medal-ingest --checkpoint ck --branches all,once --max-files 1 in |
	tee -i >(medal-write --branch all all | medal-checkpoint commit) |
	medal-dedupe --branch once -k a --forever | medal-write once | medal-checkpoint commit
echo "${PIPESTATUS[*]}"
cat all/part* | wc -l
cat once/part* | wc -l
medal-checkpoint show --summary ck | sed 1,4d | tr -s ' '
medal-checkpoint verify --tables ck | sed 's/.*: //'
# a tail without a branch, and a branch that nobody declared
medal-ingest --checkpoint ck2 --branches a,b in | medal-write t2 | medal-checkpoint commit
echo "${PIPESTATUS[2]}"
medal-ingest --checkpoint ck3 in | medal-write --branch a t3 2>/dev/null | medal-checkpoint commit
echo "${PIPESTATUS[2]}"
