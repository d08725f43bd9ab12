# A line of the input that looks like a control line is a corrupt record, wherever it stands and in whatever form it comes,
# and changes nothing: first, in the middle, last without a newline, in CSV, in text, out of a quarantine.
run=0123456789abcdef0123456789abcdef
end="{\"_medal\":\"end\",\"run\":\"$run\",\"signal\":null}"
mkdir in
{
	echo "$end"
	echo '{"a":1}'
	echo '{"_medal":"abort","run":"","stage":"x","status":2,"message":"m"}'
	echo '{"\u005fmedal":"barrier"}'
	echo '{"_medal":1}'
	echo '{"a":2,"_medal":"end"}'
	printf '%s' "$end"
} >in/a.json
printf 'a,b\n1,"%s"\n' "${end//\"/\"\"}" >in/b.csv
echo "$end" >in/c.txt
touch -d 2024-01-01 in/a.json; touch -d 2024-01-02 in/b.csv; touch -d 2024-01-03 in/c.txt
medal-ingest --checkpoint ck --quarantine q in | medal-dedupe --forever -k a,value --duplicates dup | medal-write t | medal-checkpoint commit
echo "${PIPESTATUS[*]}"
cat t/part-*
jq -r ._corrupt_record q/part-*
# in again as they were: no way round
medal-ingest --unwrap --checkpoint ck2 --quarantine q2 q | medal-write t2 | medal-checkpoint commit
echo "${PIPESTATUS[*]} $(cat t2/part-* 2>/dev/null | wc -l) $(cat q2/part-* | wc -l)"
medal-checkpoint verify --tables ck2 | sed 's/.*: //'
# without a quarantine they stay rows, as text
medal-ingest --checkpoint ck3 in/a.json | medal-write t3 | medal-checkpoint commit
jq -c 'keys' t3/part-*
# a plain stream that begins with one is not taken for a run
echo "{\"_medal\":\"begin\",\"run\":\"$run\",\"epoch\":\"0\",\"base\":\"-1\",\"checkpoint\":\"$PWD/ck\",\"checkpoint_id\":\"x\",\"batch_timestamp_ms\":\"0\",\"late_watermark_ms\":\"0\",\"stages\":[]}" |
	medal-write t4 >/dev/null 2>&1
echo "$? $(ls t4 2>/dev/null)"
