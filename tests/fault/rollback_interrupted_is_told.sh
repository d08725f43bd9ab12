# A rollback that was killed in its middle: every program says so or finishes it, and the tables are nobody's meanwhile.
. "$MEDAL_TESTS/lib.sh"
shim=$MEDAL_BUILD/test/kill_at.so
[ -e "$shim" ] || skip "kill_at.so is not built"
for i in 1 2 3; do printf '{"a":%d}\n' $i >$i.ndjson; touch -d "2026-01-0$i" $i.ndjson; done
one() { medal-ingest --checkpoint c --max-files 1 [123].ndjson | medal-write t | medal-checkpoint commit; }
one
{ MEDAL_KILL_AT=30 LD_PRELOAD=$shim medal-checkpoint rollback --to 0 c; } 2>killed
echo "status $?"
medal-checkpoint show c | grep -o 'a rollback .*'
medal-checkpoint verify c | grep -o 'a rollback .*interrupted'
medal-checkpoint fsck c | grep -o 'a rollback .*interrupted'
medal-checkpoint backup b.tar.zst c 2>&1 | grep -o 'to epoch 0 was interrupted'
medal-checkpoint gc c 2>&1 | grep -o 'to epoch 0 was interrupted'
medal-ingest --checkpoint c2 t 2>&1 >got | grep -o 't is being rolled back to epoch 0'
one 2>&1 | grep -o 'finishing the rollback'
cat t/part-*
medal-checkpoint verify --tables c | sed 's/.*: //'
