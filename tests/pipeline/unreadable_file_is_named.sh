# Alone, in a directory, and in a pipeline, which goes on once the file can be read. A user namespace of our own takes
# from root the right to read everything.
. "$MEDAL_TESTS/lib.sh"
unshare -U true 2>/dev/null || skip "user namespaces are forbidden here"
mkdir d
echo '{"a":1}' >d/a.ndjson
echo '{"a":2}' >d/b.ndjson
chmod 000 d/b.ndjson
status unshare -U medal-ingest d/b.ndjson
hop() {
	$1 medal-ingest --checkpoint ckpt --quarantine q d 2>/dev/null | medal-write t | medal-checkpoint commit
}
set -o pipefail
status hop "unshare -U"
chmod 644 d/b.ndjson
hop
medal-ingest t
