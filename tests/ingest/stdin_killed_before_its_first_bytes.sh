# The bug: a run that was killed before it had kept anything of its standard input made the next run read nothing of it,
# and take it for done.
. "$MEDAL_TESTS/lib.sh"
mkfifo in
medal-ingest --checkpoint ckpt - <in >/dev/null &
exec 3>in
wait_until 300 test -e ckpt/medal/spool/state
kill -9 $!
wait $! 2>/dev/null
exec 3>&-
echo '{"a":1}' | medal-ingest --checkpoint ckpt - | medal-write t | medal-checkpoint commit
cat t/part-*
