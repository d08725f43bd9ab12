# A reader whose note in _medal_readers was lost is refused by the generation that it remembers, even when the table has
# grown past its position again.
for i in 1 2 3; do printf '{"a":%d}\n' $i >$i.ndjson; touch -d "2026-01-0$i" $i.ndjson; done
one() { medal-ingest --checkpoint c1 --max-files 1 [123].ndjson | medal-write bronze | medal-checkpoint commit; }
two() { medal-ingest --checkpoint c2 bronze | medal-write gold | medal-checkpoint commit; }
one && two
rm bronze/_medal_readers
medal-checkpoint rollback --to 0 -q c1 >rolled && one
two 2>err
echo "status $?"
grep -o "epoch 2 and has been rolled back to 0 since" err | uniq
cat gold/part*
