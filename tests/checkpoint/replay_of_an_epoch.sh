# The records of one epoch: a growing file's range, a table's epoch, and what cannot be told any more.
printf '{"a":1}\n' >log
touch 0.ndjson
run() { medal-ingest --checkpoint c --tail log | medal-write t | medal-checkpoint commit; }
run
printf '{"a":2}\n{"a":3}\n' >>log
run
printf '{"a":4}\n' >>log
run
medal-checkpoint replay --epoch 1 c
medal-ingest --checkpoint c2 t | medal-write t2 | medal-checkpoint commit
medal-checkpoint replay --epoch 0 c2
rm c/medal/files/0
medal-checkpoint replay --epoch 0 c
echo "status $?"
medal-checkpoint replay --epoch 9 c
echo "status $?"
medal-checkpoint replay c
echo "status $?"
printf '{"a":1}\n' | medal-ingest --checkpoint c3 | medal-write t3 | medal-checkpoint commit
medal-checkpoint replay --epoch 0 c3
echo "status $?"
