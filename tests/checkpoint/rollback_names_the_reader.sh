# A rollback below what the next hop has read is refused and says how to go on; with --cascade both go back.
printf '{"a":1}\n' >1.ndjson
printf '{"a":2}\n' >2.ndjson
touch -d 2026-01-01 1.ndjson
one() { medal-ingest --checkpoint c1 --max-files 1 [12].ndjson | medal-write bronze | medal-checkpoint commit; }
two() { medal-ingest --checkpoint c2 bronze | medal-write gold | medal-checkpoint commit; }
one && two
medal-checkpoint rollback --to 0 c1
echo "status $?"
medal-checkpoint rollback --to 0 --cascade c1 | sed "s|$PWD/||"
ls -1 bronze gold | grep -v ^_
one && two
ls -1 bronze gold | grep -v ^_
cat bronze/*.ndjson
cat gold/*.ndjson
