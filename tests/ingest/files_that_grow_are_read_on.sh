# --tail: each line once, from run to run; an incomplete one waits; a file that was logged by a run that died before it
# planned its epoch is neither missed nor read twice.
. "$MEDAL_TESTS/lib.sh"
run() {
	medal-ingest -q -f json --tail --checkpoint ck in/*.log | medal-write t | medal-checkpoint commit
	echo "$? $(cat t/part-* | jq .n | sort -n | tr '\n' ' ')"
}
mkdir in
printf '{"n":1}\n{"n":2}\n{"n"' >in/a.log
run
printf ':3}\n' >>in/a.log
run
run
# what such a run leaves behind
printf '{"n":10}\n{"n":11}\n{"n":1' >in/b.log
python - <<'P'
import os
p = os.path.realpath("in/b.log")
n = max(int(f.split(".")[0]) for f in os.listdir("ck/sources/0") if not f.startswith(".")) + 1
with open("ck/sources/0/%d" % n, "w") as f:
    f.write('v1\n{"path":"file://%s","timestamp":%d,"batchId":%d}' % (p, os.stat(p).st_mtime_ns // 1000000, n))
P
run
printf '2}\n' >>in/b.log
run
printf '{"n":13}\n' >>in/b.log
run
# cut to nothing and filled again
printf '{"n":20}\n' >in/b.log
run
medal-checkpoint verify --tables ck | sed 's/.*: //'
