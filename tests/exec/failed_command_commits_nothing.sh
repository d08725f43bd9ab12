# SPDX-License-Identifier: MIT
printf '{"a":1}\n' >in.ndjson
run() {
	medal-ingest --checkpoint ck in.ndjson | medal-exec "$@" | medal-write out | medal-checkpoint commit
	echo "${PIPESTATUS[*]:1}; commits: $(ls ck/commits); files: $(cd out && echo part*)"
}
run sh -c 'cat; exit 3' 2>err
grep -c '^medal-exec: error: sh ended with status 3 in epoch 0, which is not committed' err
run sh -c 'cat; kill -9 $$' 2>err
grep -c '^medal-checkpoint: error: exec failed: sh was killed by signal 9' err
run no-such-program 2>err
grep -c "there is no program 'no-such-program' in PATH" err
run cat
cat out/*.ndjson
