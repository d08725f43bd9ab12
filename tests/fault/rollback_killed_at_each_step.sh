# A rollback of two hops dies before its Nth change of the file system, for every N; then it is run again, or the pipelines
# are, and all rows are where an undisturbed rollback has them. STEP=1 takes every N, the default every 7th.
. "$MEDAL_TESTS/lib.sh"
set -o pipefail
shim=$MEDAL_BUILD/test/kill_at.so
[ -e "$shim" ] || skip "kill_at.so is not built"
bronze() {
	medal-ingest --checkpoint ckpt/bronze --max-files 1 --quarantine quar in | medal-dedupe --forever -k id |
		medal-write bronze | medal-checkpoint commit
}
gold() { medal-ingest --checkpoint ckpt/gold --max-files 1 bronze | medal-write gold | medal-checkpoint commit; }
# The rows that the log of table $1 lists, by python; also: no file stands there that it does not list.
rows() {
	python3 - "$1" <<'P'
import json, os, sys
d = sys.argv[1]
m = d + '/_spark_metadata'
names = [f for f in os.listdir(m) if not f.startswith('.')]
c = max([int(f[:-8]) for f in names if f.endswith('.compact')], default=-1)
newest = max([c] + [int(f) for f in names if f.isdigit()])
files = []
for n in range(max(c, 0), newest + 1):
    t = open(f'{m}/{n}.compact' if n == c else f'{m}/{n}').read().split('\n')
    assert t[0] == 'v1', n
    files += [json.loads(x)['path'][7:] for x in t[1:] if x]
there = [os.path.abspath(os.path.join(d, f)) for f in os.listdir(d) if f.startswith('part-')]
assert sorted(there) == sorted(files), set(there) ^ set(files)
rows = []
for f in files:
    for r in open(f):
        r = json.loads(r)
        rows.append(json.dumps(r.get('id', r.get('_corrupt_record'))))
print(newest, sorted(rows))
P
}
state() {
	for t in bronze quar gold; do rows $t || return 1; done
	ls ckpt/*/{commits,offsets,medal/ledger,medal/files,sources/0} state 2>/dev/null | sort
	medal-checkpoint verify --tables ckpt/bronze && medal-checkpoint verify --tables ckpt/gold
}
mkdir in ckpt
for i in {1..11}; do
	printf '{"id":%d}\n{"id":%d}\nbad%d\n' "$i" $((i + 1)) "$i" >"in/$((100 + i)).ndjson"
	touch -d "2026-01-01 00:00:$i" "in/$((100 + i)).ndjson"
done
bronze && gold || exit 1
for t in bronze quar gold; do rows $t; done >all
tar cf before.tar ckpt bronze quar gold
roll() { medal-checkpoint rollback --to 7 --cascade -q ckpt/bronze; }
roll >/dev/null && state >rolled || exit 1
head -3 rolled | sed 's/ .*//'
n=1 done=0
while :; do
	rm -rf ckpt bronze quar gold && tar xf before.tar
	MEDAL_KILL_AT=$n LD_PRELOAD=$shim roll >/dev/null 2>&1 && break
	if [ $((n % 2)) = 0 ]; then
		roll >/dev/null || { echo "step $n: the second run fails"; exit 1; }
		state >now
		diff rolled now || { echo "step $n: not as after an undisturbed rollback"; exit 1; }
	else
		bronze 2>err && gold 2>>err || { echo "step $n: the pipelines fail: $(cat err)"; exit 1; }
		for t in bronze quar gold; do rows $t; done >now
		diff all now || { echo "step $n: rows are lost or doubled"; exit 1; }
		medal-checkpoint verify --tables ckpt/bronze >/dev/null && medal-checkpoint verify --tables ckpt/gold >/dev/null ||
			{ echo "step $n: verify fails"; exit 1; }
	fi
	done=$((done + 1))
	n=$((n + ${STEP:-7}))
done
[ $done -gt 20 ] || echo "only $done steps"
echo "$n steps" >&2
