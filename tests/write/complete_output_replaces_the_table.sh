# SPDX-License-Identifier: MIT
set -e -o pipefail
mkdir raw
for i in 1 2 3 4; do
	echo "{\"a\":$i}" >raw/$i.ndjson
	medal-ingest --checkpoint ckpt raw | medal-write --mode overwrite t | medal-checkpoint commit
done
find t -type f | LC_ALL=C sort
medal-ingest --checkpoint next t | medal-write out | medal-checkpoint commit || echo "status $?"
