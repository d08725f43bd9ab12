# Keys of several types, NULL among them and equal ones written otherwise (escapes, 1.0 and 1.00), in windows that overlap
# and without windows, with and without declared columns, a FILTER, DISTINCT: what a plain count in Python gives.
cat >make.py <<'END'
import random
rnd = random.Random(11)
names = ['"a"', '"b"', '"\\u0061"', '"longer than eight"', '"longer than nine"', '"' + "x" * 300 + '"', "null", '""']
for i in range(30000):
    row = {"ts": str(1700000000000 + i * 20 + rnd.randrange(20000)), "s": rnd.choice(names),
           "d": rnd.choice(["1.0", "1.00", "2.5", "-0.0", "0.0", "null"]), "b": rnd.choice(["true", "false", "null"]),
           "v": rnd.choice([str(rnd.randrange(50)), "null", str(rnd.randrange(-10**15, 10**15))]),
           "x": rnd.choice(["%d.25" % rnd.randrange(1000), "null"])}
    members = [m for m in row.items() if m[1] != "null" or rnd.random() < .5]
    print("{" + ",".join('"%s":%s' % m for m in members) + "}")
END
cat >want.py <<'END'
import collections, json, sys
windows = sys.argv[1] == "windows"
groups = collections.defaultdict(list)
for line in open("in"):
    r = json.loads(line)
    # -0.0 is the key that 0.0 is
    key = r.get("s"), r["d"] + 0.0 if r.get("d") is not None else None, r.get("b")
    starts = [None]
    if windows:
        last = r["ts"] // 20000 * 20000
        starts = [s for s in range(last - 40000, last + 1, 20000) if s + 60000 > r["ts"]]
    for s in starts:
        groups[(s,) + key].append(r)
out = []
for key, rows in groups.items():
    v = [r["v"] for r in rows if r.get("v") is not None]
    x = [r["x"] for r in rows if r.get("x") is not None]
    out.append(list(key) + [len(rows), len(v), len(set(v)), sum(v) if v else None, min(v, default=None), max(v, default=None),
                            sum(x) if x else None, round(sum(x) / len(x), 6) if x else None,
                            len({r["s"] for r in rows if r.get("s") is not None}),
                            sum(1 for r in rows if r.get("v") is not None and r["v"] > 10 and r.get("x") is not None)])
for row in sorted(map(json.dumps, out)):
    print(row)
END
cat >got.py <<'END'
import json, sys
rows = []
for line in sys.stdin:
    r = list(json.loads(line).values())
    r[2] = float(r[2]) + 0.0 if r[2] is not None else None
    for i, t in ((10, float), (11, float)):
        r[i] = t(r[i]) if r[i] is not None else None
    r[11] = round(r[11], 6) if r[11] is not None else None
    rows.append(json.dumps(r))
print("\n".join(sorted(rows)))
END
calls="s, d, b, count(*) AS n, count(v) AS nv, count(DISTINCT v) AS uv, sum(v) AS sv, min(v) AS lv, max(v) AS hv,
	sum(x) AS sx, round(avg(x), 6) AS ax, count(DISTINCT s) AS us, count(x) FILTER (WHERE v > 10) AS f"
python3 make.py >in
echo 'CREATE TABLE t (ts BIGINT, s STRING, d DOUBLE, b BOOLEAN, v BIGINT, x DOUBLE);' >t.sql
for kind in windows none; do
	python3 want.py $kind >want.$kind
	wc -l <want.$kind
	for schema in "--schema t.sql" ""; do
		if [ $kind = windows ]; then
			medal-aggregate $schema "SELECT unix_millis(window.start) AS w, $calls
				GROUP BY window(timestamp_millis(ts), '1 minute', '20 seconds'), s, d, b"
		else
			medal-aggregate $schema "SELECT CAST(NULL AS BIGINT) AS w, $calls GROUP BY s, d, b"
		fi <in 2>warnings | python3 got.py | cmp - want.$kind && echo same
	done
done
