. "$MEDAL_TESTS/lib.sh"
mkfifo in
medal-ingest --checkpoint c <in | medal-write t | medal-checkpoint commit &
exec 3>in
wait_until 300 test -s c/metadata
medal-checkpoint rollback --to none c
echo "status $?"
exec 3>&-
wait
