for i in 1 2; do printf '{"a":%d}\n{"a":%d}\n' $i $i >$i.ndjson; touch -d "2026-01-0$i" $i.ndjson; done
run() { medal-ingest --checkpoint $1 --max-files 1 ${4:-[12]}.ndjson | medal-transform "$3" | medal-write $2 | medal-checkpoint commit; }
run c1 t1 'SELECT *'
run c2 t2 'SELECT *'
run c3 t3 'SELECT * WHERE a = 1'
run c4 t4 'SELECT *' 1
medal-checkpoint diff c1 c2; echo "status $?"
medal-checkpoint diff c1 c3; echo "status $?"
medal-checkpoint diff c1 c4; echo "status $?"
medal-checkpoint diff c1 t1; echo "status $?"
