# An epoch sees a table as it is when it begins; what groups hold stays, and a table whose columns change their type is refused.
. "$MEDAL_TESTS/lib.sh"
run() {
	printf '{"u":1}\n{"u":2}\n' >"raw/$1.ndjson"
	medal-ingest --checkpoint c raw |
		medal-aggregate --output-mode complete --table users=users.json \
			"SELECT name, count(*) AS n FROM STREAM(e) JOIN users ON u = id GROUP BY name" |
		medal-write --mode overwrite t | medal-checkpoint commit
}
mkdir raw
printf '{"id":%d,"name":"%s"}\n' 1 ann 2 bob >users.json
run 1
printf '{"id":%d,"name":"%s"}\n' 1 ann 2 cyd >users.json
run 2
tail -n +1 t/part-* | grep name
printf '{"id":%d,"name":%d}\n' 1 7 2 8 >users.json
run 3 2>&1 | grep 'grouped by' | sed -n 's/.*-- grouped by /grouped by /p' | sort -u
