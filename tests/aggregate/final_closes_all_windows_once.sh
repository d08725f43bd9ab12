# --final closes what is open with a last epoch; the tables are then those of a run without a checkpoint, and the
# checkpoint takes nothing more.
q="SELECT date_format(window.start, 'HH:mm') AS w, k, count(*) AS n, sum(v) AS s, min(v) AS lo, max(v) AS hi, avg(v) AS a,
   count(DISTINCT v) AS d GROUP BY window(CAST(ts AS TIMESTAMP), '10 minutes', '5 minutes'), k"
mkdir in
awk 'BEGIN { for (i = 0; i < 600; i++) printf "{\"ts\":\"2024-01-02T00:%02d:%02dZ\",\"k\":%d,\"v\":%d}\n", i / 20 % 60, i % 20, i % 3, i * 7 % 11 }' >all
split -l 150 --additional-suffix=.json all in/
run() {
	medal-ingest --checkpoint ck --max-files 1 "$@" in |
		medal-aggregate -q --watermark 'CAST(ts AS TIMESTAMP) 1 minute' "$q" | medal-write t | medal-checkpoint commit
	echo "status ${PIPESTATUS[0]} $?"
}
run
n=$(cat t/part-* | wc -l)
run --final
[ "$n" -lt "$(cat t/part-* | wc -l)" ] || fail "nothing was open"
medal-aggregate -q "$q" <all | sort >want
cat t/part-* | sort | diff - want && echo equal
medal-checkpoint show ck | grep -c final
medal-checkpoint verify --tables ck | sed 's/.*: //'
echo '{"ts":"2024-01-02T09:00:00Z","k":0,"v":0}' >in/z.json
run 2>/dev/null
