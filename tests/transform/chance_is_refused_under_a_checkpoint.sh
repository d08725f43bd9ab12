# SPDX-License-Identifier: MIT
printf '{"a":1}\n' >in.ndjson
run() {
	medal-ingest --checkpoint "$1" in.ndjson | medal-transform "SELECT a, $2 AS r" | medal-write "out_$1" | medal-checkpoint commit
	echo "${PIPESTATUS[1]}"
}
for f in 'rand()' 'uuid()'; do
	run "ck_${f%(*}${#f}" "$f" 2>err
	grep -c '^medal-transform: error: SELECT:1:11: ' err
done
medal-transform 'SELECT rand() < 1 AS r' <in.ndjson
