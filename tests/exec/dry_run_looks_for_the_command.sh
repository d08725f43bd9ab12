# SPDX-License-Identifier: MIT
export MEDAL_DRY_RUN=1
printf '{"a":1}\n' >in.ndjson
medal-ingest --checkpoint ck in.ndjson | medal-exec sh -c 'touch started; cat' | medal-write out | medal-checkpoint commit
echo "${PIPESTATUS[*]}"
medal-ingest --checkpoint ck in.ndjson | medal-exec no-such-program 2>err | medal-write out | medal-checkpoint commit 2>/dev/null
echo "${PIPESTATUS[*]:1}"
cat err
ls
