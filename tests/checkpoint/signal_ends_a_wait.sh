# A source that waits, for a running pipeline (--wait) or for a stage of a dead run that still drains, tells its pipeline of
# the signal or of the trouble that ends it; and it ends with its reader.
. "$MEDAL_TESTS/lib.sh"
mkdir in
start() { # NAME WHOM: a pipeline that is to wait; its source's pid in NAME.pid, all statuses in NAME.status
	{
		bash -c 'echo $$ >"$0.pid"; exec medal-ingest --wait --checkpoint ck in' "$1" 2>"$1.err" |
			medal-write t 2>"$1.err2" | bash -c 'echo $$ >"$0.tail"; exec medal-checkpoint commit' "$1" 2>"$1.err3"
		echo "${PIPESTATUS[*]}" >"$1.status"
	} 2>/dev/null &
	wait_until 300 test -s "$1.tail"
	wait_until 300 grep -qs "waiting for $2" "$1.err"
}
# The tail has marked its pipe, by which a sink knows it when it is gone: not before it runs, after its pid is told.
tail_is_up() {
	python3 -c 'import fcntl, os, sys
fd = os.open(f"/proc/{sys.argv[1]}/fd/0", os.O_RDONLY | os.O_NONBLOCK)
sys.exit(fcntl.fcntl(fd, fcntl.F_GETPIPE_SZ) != 256 << 10 and not os.fstat(fd).st_mode & 0o1000)' "$(cat "$1.tail")"
}
ended() {
	wait_until 300 test -s "$1.status"
	echo "$1: $(cat "$1.status")"
	grep -h error: "$1".err "$1".err2 "$1".err3 | sed 's/pid [0-9, ]*[0-9]/pid P/; s|/[^ ]*/ck|ck|'
	ls t 2>/dev/null
}
bash -c 'echo $$ >first.pid; exec medal-ingest --follow --trigger 1h --checkpoint ck in' | medal-write t | medal-checkpoint commit 2>/dev/null &
first=$!
wait_until 300 test -s ck/medal/lock
start second pid
kill -TERM "$(cat second.pid)"
ended second
start third pid
wait_until 300 tail_is_up third
kill -KILL "$(cat third.tail)"
ended third
kill -TERM "$(cat first.pid)"
wait "$first"
# a stage of a dead run that sleeps
echo '{"a":1}' >in/1.json
bash -c 'echo $$ >dead.pid; exec medal-ingest --follow --trigger 1h --checkpoint ck in' 2>/dev/null |
	bash -c 'echo $$ >asleep.pid; exec medal-write t' 2>/dev/null | medal-checkpoint commit 2>/dev/null &
wait_until 300 test -e ck/commits/0
kill -STOP "$(cat asleep.pid)"
kill -KILL "$(cat dead.pid)"
start fourth "an earlier run"
kill -HUP "$(cat fourth.pid)"
ended fourth
kill -CONT "$(cat asleep.pid)"
wait
echo '{"a":2}' >in/2.json
medal-ingest --checkpoint ck in | medal-write t | medal-checkpoint commit
cat t/part-*
