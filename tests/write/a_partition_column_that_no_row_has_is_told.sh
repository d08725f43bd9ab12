# Once a run; not where some row has the member, be it null, nor where the stream has told its columns, nor without rows.
printf '{"day":1}\nbad\n{"day":2,"n":null}\n' >in
echo 'CREATE TABLE x (day INT, hour INT) PARTITIONED BY (hour)' >x.sql
medal-write --quarantine q --partition-by dya,hour a <in
medal-write --quarantine q --partition-by day,n b <in
medal-write --partition-by day c </dev/null
echo bad | medal-write --quarantine q --partition-by day d
printf '{"day":1}\n' | medal-write --partition-by _rescued_data e
medal-write --quarantine q --schema x.sql x <in
find a b c d e x -name 'part-*' | sort
# under a checkpoint, where nothing tells the columns, at the first of the three barriers
split -l 1 --additional-suffix=.ndjson in in.
day_and_hour() {
	medal-transform --schema x.sql 'SELECT day, hour'
}
run() {
	medal-ingest --checkpoint "ck.$1" --quarantine "q.$1" --max-files 1 in.*.ndjson | $3 |
		medal-write --partition-by "$2" "t.$1" | medal-checkpoint commit
}
run 1 HOUR cat
run 2 day cat
run 3 hour day_and_hour
