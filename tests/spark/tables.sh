# SPDX-License-Identifier: MIT
# Spark reads our tables, whole and at each number of epochs, with empty epochs, partitions, gzip and CSV; and we read a
# table that Spark's file sink wrote, and go on with it where Spark stopped.
. "$MEDAL_TESTS/lib.sh"
need java jq
need_module pyspark
set -e -o pipefail

# 25 epochs, some without rows: ingest takes one file each
mkdir raw
for i in $(seq -w 0 24); do
	if [ $((10#$i % 4)) = 1 ]; then
		printf '\n' >raw/$i.ndjson # a blank line: an epoch without rows
	else
		for k in 1 2 3; do
			printf '{"e":%d,"k":%d,"level":"%s","s":"x, \\"%s\\""}\n' $((10#$i)) $k \
				"$(printf 'free\npaid\na/b c%%\n' | sed -n ${k}p)" $i
		done >raw/$i.ndjson
	fi
	touch -d "2024-01-01 00:00:$i" raw/$i.ndjson
done
pipe() {
	medal-ingest --checkpoint "ckpt/$1" --max-files 1 raw | medal-write "${@:2}" "out/$1" | medal-checkpoint commit
}
pipe plain
pipe parts --partition-by level
pipe gz --compress gzip --partition-by level
pipe csv --format csv
pipe fewfiles --partition-by k --compress gzip --max-file-bytes 40
ls out/plain/_spark_metadata | sort -V | tr '\n' ' '
echo
cat raw/*.ndjson | jq -c 'select(.)' >expected.ndjson
flock "${MEDAL_JVM_LOCK:-jvm.lock}" "$MEDAL_PYTHON" "$MEDAL_TESTS/spark/tables.py" 2>spark.err || {
	cat spark.err >&2
	fail "Spark did not run"
}

# the table that Spark's sink wrote: the next hop reads it by its log
medal-ingest --checkpoint ckpt/next spark/out | medal-write out/next | medal-checkpoint commit
cat out/next/part-*.ndjson | jq -c '[.e,.k]' | sort | cmp - <(jq -c '[.e,.k]' expected.ndjson | sort) && echo "Spark's table read"
