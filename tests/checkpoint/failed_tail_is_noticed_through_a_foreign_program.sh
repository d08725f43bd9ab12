# cat between the stages does not notice that its reader has gone: the tail itself tells the source that it gave up, so that
# the pipeline ends at once and not after --commit-timeout.
mkdir in
echo '{"a":1}' >in/1.json
medal-ingest --checkpoint ck in | medal-dedupe --forever -k a | medal-write t | medal-checkpoint commit
echo '{"a":2}' >in/2.json
SECONDS=0
medal-ingest --commit-timeout 1h --checkpoint ck in 2>/dev/null | cat | medal-write t | medal-checkpoint commit
echo "${PIPESTATUS[-1]}"
medal-ingest --commit-timeout 1h --checkpoint ck in 2>/dev/null | cat | medal-dedupe --forever -k b | medal-write t | medal-checkpoint commit
echo "${PIPESTATUS[-1]}"
[ $SECONDS -lt 300 ] || echo "it took $SECONDS s"
medal-ingest --checkpoint ck in 2>/dev/null | cat | medal-dedupe --forever -k a | medal-write t | medal-checkpoint commit
cat t/part-*
