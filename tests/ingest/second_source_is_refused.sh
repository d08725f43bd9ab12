# One live source: the second is refused at once, names the first, and its tail says so too. With --wait it comes after it.
. "$MEDAL_TESTS/lib.sh"
mkfifo in
medal-ingest --checkpoint ck - <in | medal-write t | medal-checkpoint commit &
exec 3>in
wait_until 300 test -s ck/medal/lock
wait_until 300 test -e ck/medal/spool/state
pid=$(cat ck/medal/lock)
echo '{"a":2}' | medal-ingest --checkpoint ck - 2>err | medal-write t 2>err2 | medal-checkpoint commit 2>err3
echo "${PIPESTATUS[*]:1}"
grep -c "pid $pid" err err2 err3
echo '{"a":1}' >&3
exec 3>&-
wait
echo '{"a":2}' | medal-ingest --wait --checkpoint ck - | medal-write t | medal-checkpoint commit
cat t/part-*
