run() { medal-ingest --checkpoint c --max-records 1 | medal-write t | medal-checkpoint commit; }
printf '{"a":1}\n{"a":2}\n{"a":3}\n' | run
medal-checkpoint rollback --to 0 c >rolled
printf '{"a":2}\n{"a":3}\n' | run
cat t/part*
