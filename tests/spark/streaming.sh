# SPDX-License-Identifier: MIT
# Windows, sessions and dedupe under a watermark: the same files, one a batch, through Spark's streaming and through medal,
# give the same rows in each batch, the batches without data included. The rows are random,
# with another STREAMING_SEED others.
. "$MEDAL_TESTS/lib.sh"
need java
need_module pyspark
seed=${STREAMING_SEED:-1}
python "$MEDAL_TESTS/spark/streaming.py" "$seed" >log 2>&1 || fail "$(tail -20 log)"
t='CAST(CAST(ts AS DECIMAL(20,6)) AS TIMESTAMP)'
schema='ts STRING, k STRING, v BIGINT'
values='k, count(*) AS n, sum(v) AS s, min(v) AS lo, max(v) AS hi, avg(v) AS a'
run() {
	local name=$1
	shift
	medal-ingest --checkpoint "ck/$name" --max-files 1 in | "$@" | tee "medal.$name" | medal-write "out/$name" | medal-checkpoint commit
}
aggregate() {
	medal-aggregate --schema "$schema" --watermark "$t 10 minutes" "$@"
}
dedupe() {
	medal-dedupe --schema "$schema" --watermark "$t 10 minutes" -k k,v
}
select="SELECT unix_micros(window.start) AS w, $values GROUP BY window($t, '5 minutes'), k"
both() {
	dedupe | aggregate "$select"
}
run append aggregate "$select"
run update aggregate --output-mode update "$select"
run sliding aggregate "SELECT unix_micros(window.start) AS w, $values GROUP BY window($t, '10 minutes', '4 minutes'), k"
run session aggregate "SELECT unix_micros(session_window.start) AS w, unix_micros(session_window.end) AS e, k, count(*) AS n, sum(v) AS s
	GROUP BY session_window($t, '5 minutes'), k"
run dedupe dedupe
run both both
python "$MEDAL_TESTS/spark/streaming_compare.py" append update sliding session dedupe both >result
cat result
grep -q differs result && echo "seed $seed"
for name in append session dedupe both; do
	medal-checkpoint verify --tables ck/$name | sed 's/.*: //'
done
