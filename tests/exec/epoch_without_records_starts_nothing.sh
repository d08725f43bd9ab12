# SPDX-License-Identifier: MIT
printf '{"a":1}\n' >in.ndjson
medal-ingest --checkpoint ck in.ndjson | medal-transform 'SELECT * WHERE a > 1' |
	medal-exec sh -c 'touch started; cat' | medal-write out | medal-checkpoint commit
echo "${PIPESTATUS[*]}"
[ -e started ] && echo "it was started"
medal-exec sh -c 'touch started; cat' </dev/null
[ -e started ] && echo "it was started"
ls ck/commits
