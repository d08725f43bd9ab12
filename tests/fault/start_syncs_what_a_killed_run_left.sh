# A killed run may have left names that no sync has made safe: the next run syncs their directories before it makes a
# name that needs them (tests/model/power.pml, M_TRUST_WHAT_IS_SEEN).
. "$MEDAL_TESTS/lib.sh"
shim=$MEDAL_BUILD/test/note_fsync.so
[ -e "$shim" ] || skip "note_fsync.so is not built"

mkdir in
echo '{"a":1}' >in/1.json
medal-ingest --checkpoint c in | medal-write t | medal-checkpoint commit
echo '{"a":2}' >in/2.json
LD_PRELOAD=$shim MEDAL_NOTE_FSYNC=$PWD/log medal-ingest --checkpoint c in | medal-write t | medal-checkpoint commit

# up to the first name that the second run makes in the checkpoint's logs
sed -n "s|$PWD/||; s|$PWD\$|.|; /^link c\/\(sources\|offsets\)/q; /^fsync/p" log |
	grep -xE 'fsync (\.|c|c/medal|c/offsets|c/commits|c/sources/0|c/medal/(ledger|files))' | sort -u
