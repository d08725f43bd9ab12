# 300 old logs and one that has grown: with --tail, too, the run costs as what is new.
. "$MEDAL_TESTS/lib.sh"
need strace
mkdir logs
for i in $(seq -w 300); do echo "{\"a\":1}" >logs/$i.ndjson; done
run() {
	medal-write t | medal-checkpoint commit
}
medal-ingest --checkpoint ckpt --tail logs | run
echo '{"a":2}' >>logs/007.ndjson
strace -qq -e trace=openat -o opened medal-ingest --checkpoint ckpt --tail logs | run
grep -o 'logs/[0-9]*\.ndjson' opened | sort -u
cat t/part-1-*
# a log that was rewritten in place is noticed all the same
echo '{"b":2}' >logs/100.ndjson
medal-ingest --checkpoint ckpt --tail logs | run
cat t/part-2-*
