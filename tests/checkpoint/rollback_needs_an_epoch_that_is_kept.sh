printf '{"a":1}\n' | medal-ingest --checkpoint c | medal-write t | medal-checkpoint commit
for to in 7 -1 07 x; do medal-checkpoint rollback --to=$to c; echo "status $?"; done
medal-checkpoint rollback c; echo "status $?"
medal-checkpoint rollback --to 0 nowhere; echo "status $?"
medal-checkpoint rollback --to 0 c | sed 's|.*/||'
