# A merge of a partitioned table dies before its Nth change of the file system, for every N. At every moment the table has
# the same rows for who reads it by its log; then the merge is said again, or the two pipelines run on, and a next hop
# that had read half of the table has each row once. STEP=1 takes every N, the default every 9th.
. "$MEDAL_TESTS/lib.sh"
set -o pipefail
shim=$MEDAL_BUILD/test/kill_at.so
[ -e "$shim" ] || skip "kill_at.so is not built"
need jq
bronze() {
	medal-ingest --checkpoint ckpt/bronze --max-files 1 --quarantine quar in |
		medal-write --partition-by p --compress gzip bronze | medal-checkpoint commit
}
gold() { medal-ingest --checkpoint ckpt/gold bronze | medal-write gold | medal-checkpoint commit; }
put() { # FROM TO: input files, two rows each and a bad one
	local i
	for ((i = $1; i <= $2; i++)); do
		printf '{"id":%d,"p":%d}\n{"id":%d,"p":%d}\nbad%d\n' "$i" $((i % 2)) $((i + 500)) $((i % 3)) "$i" >in/$i.ndjson
	done
}
mkdir in ckpt
put 100 124
bronze && gold || exit 1
put 125 131
python3 "$MEDAL_TESTS/log_rows.py" bronze >before
tar cf before.tar ckpt bronze quar gold
compact() { medal-checkpoint compact --keep 0 --older-than 0s "$1"; }
jq -cn 'range(100; 132) | {id: ., p: (. % 2)}, {id: (. + 500), p: (. % 3)}' | sort >want
n=1 steps=0
while :; do
	rm -rf ckpt bronze quar gold && tar xf before.tar
	MEDAL_KILL_AT=$n LD_PRELOAD=$shim compact bronze >/dev/null 2>&1 && break
	python3 "$MEDAL_TESTS/log_rows.py" bronze | cmp - before || { echo "step $n: the table is not what it was"; exit 1; }
	[ $((n % 2)) = 1 ] || compact bronze >out || { echo "step $n: the second merge fails: $(cat out)"; exit 1; }
	bronze 2>err && gold 2>>err || { echo "step $n: the pipelines fail: $(cat err)"; exit 1; }
	compact bronze >out && compact bronze >>out || { echo "step $n: the last merge fails: $(cat out)"; exit 1; }
	medal-ingest gold | sort | cmp - want || { echo "step $n: rows are lost or doubled"; exit 1; }
	for c in bronze gold; do
		medal-checkpoint verify --tables ckpt/$c >out || { echo "step $n: $(cat out)"; exit 1; }
	done
	medal-checkpoint fsck ckpt/bronze >out || { echo "step $n: $(cat out)"; exit 1; }
	# nothing is left behind: each file that stands is in the log
	python3 - <<'P' || { echo "step $n: strays"; exit 1; }
import json, os
m = 'bronze/_spark_metadata/'
c = max(int(f[:-8]) for f in os.listdir(m) if f.endswith('.compact'))
listed = [json.loads(x)['path'] for n in [f'{c}.compact'] + [str(k) for k in range(c + 1, 32) if os.path.exists(m + str(k))]
          for x in open(m + n).read().split('\n')[1:]]
there = [os.path.join(d, f) for d, _, fs in os.walk('bronze') for f in fs if f.startswith(('part-', 'merge'))]
assert len(there) == len(listed) < 20, (len(there), len(listed))
P
	steps=$((steps + 1))
	n=$((n + ${STEP:-9}))
done
[ $steps -gt 5 ] || echo "only $steps steps"
python3 "$MEDAL_TESTS/log_rows.py" bronze | cmp - before
echo "$n steps" >&2
