# The schema's type of a key makes it another key: state of the one is no state of the other.
echo '{"k":1}' >a.json
medal-ingest --checkpoint ck *.json | medal-dedupe --forever -k k --schema 'k STRING' | medal-write t | medal-checkpoint commit
echo '{"k":1}' >b.json
medal-ingest --checkpoint ck *.json 2>/dev/null | medal-dedupe --forever -k k --schema 'k BIGINT' 2>/dev/null |
	medal-write t 2>/dev/null | medal-checkpoint commit 2>&1 | grep -o 'other settings'
medal-ingest --checkpoint ck *.json | medal-dedupe --forever -k k --schema 'k STRING' | medal-write t | medal-checkpoint commit
cat t/part-*
