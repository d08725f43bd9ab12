# SPDX-License-Identifier: MIT
# A table that another checkpoint writes, that is gone, or that is older than its checkpoint is refused before a row is written.
. "$MEDAL_TESTS/lib.sh"
set -o pipefail
mkdir raw
hop() {
	medal-ingest --checkpoint "$1" raw | medal-write "${@:2}" | medal-checkpoint commit 2>/dev/null
}
echo '{"a":1}' >raw/1.ndjson
status hop ckpt t
status hop other t
cp -r t copy
echo '{"a":2}' >raw/2.ndjson
status hop ckpt t
mv t newer
echo '{"a":3}' >raw/3.ndjson
status hop ckpt t
rm -rf t
mv copy t
status hop ckpt t
rm -rf t
status hop ckpt --fresh-table t
cat t/part-*
rm -rf t
mv newer t
echo '{"a":4}' >raw/4.ndjson
status hop ckpt t
cat t/part-*
