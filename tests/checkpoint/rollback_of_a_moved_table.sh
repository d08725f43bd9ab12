# A table that was moved goes on in its new place. A rollback to an epoch from before needs it in the old place, too, and says
# that a link will do; then it goes back as if it had not been moved.
. "$MEDAL_TESTS/lib.sh"
set -o pipefail
mkdir in
put() { for i in "$@"; do echo "{\"n\":$i}" >in/$i.ndjson; done; }
hop() { medal-ingest --checkpoint ck --max-files 1 in | medal-write "$1" | medal-checkpoint commit; }
put 1 2 3 4 5
hop t
mv t moved
put 6
hop moved
status medal-checkpoint rollback --to 3 ck 2>err
grep -o 'if it was moved, [^;]*' err
ln -s moved t
medal-checkpoint fsck --moved moved
medal-checkpoint rollback --to 3 ck | sed "s|$PWD/||"
medal-ingest moved
hop moved
medal-ingest moved | wc -l
medal-checkpoint verify --tables ck
