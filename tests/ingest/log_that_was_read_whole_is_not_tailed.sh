# How far it was read is not known any more: from its start its rows would double.
echo '{"a":1}' >a.ndjson
touch -d 2024-01-01 a.ndjson # whatever steps the times of files have
medal-ingest --checkpoint ck a.ndjson | medal-write out | medal-checkpoint commit
echo '{"a":2}' >>a.ndjson
medal-ingest --checkpoint ck --tail a.ndjson | medal-write out | medal-checkpoint commit
cat out/part*
