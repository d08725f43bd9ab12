# SIGTERM to all: the source finishes its epoch, the others go on until 'end', the tail commits and dies of the signal; the
# next run goes on where this one stopped.
. "$MEDAL_TESTS/lib.sh"
mkdir in
echo '{"a":1}' >in/1.json
medal-ingest --follow --trigger 50ms --checkpoint ck in | medal-dedupe --forever -k a | medal-write t | {
	trap '' TERM
	(trap - TERM; exec medal-checkpoint commit)
	echo "tail $?" >status
} 2>/dev/null &
wait_until 300 test -e ck/commits/0
# all but the tail's shell, as a terminal or systemd does it; the source is the one that acts
for p in $(pgrep -g 0 medal-); do kill -TERM "$p" 2>/dev/null; done # or it has ended with the source
wait
cat status
ls ck/medal/run
echo '{"a":1}' >in/2.json
echo '{"a":2}' >in/3.json
medal-ingest --checkpoint ck in | medal-dedupe --forever -k a | medal-write t | medal-checkpoint commit
cat t/part-*
medal-checkpoint verify --tables ck | sed 's/.*: //'
