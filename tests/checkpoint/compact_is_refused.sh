# What cannot be merged, and why.
. "$MEDAL_TESTS/lib.sh"
need flock
mkdir in empty spark spark/_spark_metadata
for i in {100..119}; do echo "{\"id\":$i}" >in/$i.ndjson; done
bronze() { medal-ingest --checkpoint ckpt/bronze --max-files 1 in | medal-write bronze | medal-checkpoint commit; }
gold() { medal-ingest --checkpoint ckpt/gold --max-files 3 bronze | medal-write gold | medal-checkpoint commit; }
bronze
set -o pipefail
compact() { medal-checkpoint compact --keep 0 "$@" | sed "s|$PWD/||g"; }
say() { echo "--- $1"; }
say "no table"
status medal-checkpoint compact --keep 0 empty
say "a table of Spark's"
echo '{"id":1}' >spark/part-00000-5e0369ae-50f4-4f6c-a25a-91c119785d8f-c000.json
printf 'v1\n{"path":"file://%s/spark/part-00000-5e0369ae-50f4-4f6c-a25a-91c119785d8f-c000.json","size":9,"isDir":false,"modificationTime":1,"blockReplication":1,"blockSize":33554432,"action":"add"}' "$PWD" >spark/_spark_metadata/0
status medal-checkpoint compact --keep 0 spark
say "a table that is replaced"
medal-ingest --checkpoint ckpt/over --max-files 5 in | medal-write --mode overwrite over | medal-checkpoint commit
status medal-checkpoint compact --keep 0 over
say "another is at work"
status flock bronze/_spark_metadata medal-checkpoint compact --keep 0 bronze
say "a rollback is at work"
status flock bronze/_spark_metadata medal-checkpoint rollback --to 5 ckpt/bronze
say "a reader that has read nothing yet"
mkfifo hold
gold <hold 2>/dev/null &
exec 5>hold
wait_until 300 test -e bronze/_medal_readers
exec 5>&-
wait
medal-checkpoint rollback --to none ckpt/gold >/dev/null
status compact bronze
say "a reader that Spark has gone on with"
gold
rm ckpt/gold/medal/files/6 ckpt/gold/medal/ledger/6
status compact bronze
status medal-checkpoint compact --keep 0 --no-stream-readers bronze
say "the owner is gone"
rm -rf ckpt/gold
mv ckpt/bronze ckpt/elsewhere
status compact bronze
