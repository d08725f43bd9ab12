# MEDAL_DRY_RUN finds what the run would be refused for: other settings over old state, a stage that is new among ones with
# state, a directory that is no table. Nothing is changed by looking.
. "$MEDAL_TESTS/lib.sh"
mkdir in
echo '{"k":1,"ts":1700000000000}' >in/1.ndjson
last() { # how the pipeline's tail ended, and the first line of what it said
	echo "$1: ${PIPESTATUS[-1]} $(sed -n '1s/^medal-checkpoint: error: //p' err | sed "s|$PWD/||g")"
}
keys() { medal-ingest --checkpoint ck in 2>/dev/null | medal-dedupe --forever "$@" 2>/dev/null | medal-write t | medal-checkpoint commit 2>err; }
keys -k k
find ck t | sort >before
export MEDAL_DRY_RUN=1
keys -k k; last "as it was"
keys -k ts; last "other keys"
keys -k ts --fresh-state; last "fresh"
medal-ingest --checkpoint ck in 2>/dev/null | medal-dedupe -k k --forever 2>/dev/null |
	medal-aggregate -q --watermark 'timestamp_millis(ts) 1 minute' 2>/dev/null "SELECT count(*) GROUP BY window(timestamp_millis(ts), '1 minute')" |
	medal-write t 2>/dev/null | medal-checkpoint commit 2>err
last "one more"
medal-ingest --checkpoint new in 2>/dev/null | medal-write in 2>/dev/null | medal-checkpoint commit 2>err
last "no table"
find ck t | sort | cmp - before && ls
