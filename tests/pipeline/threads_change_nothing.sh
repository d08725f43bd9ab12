# With --threads N blocks are read and scanned before their turn: what comes out, in which order, and what goes to the quarantine is
# what python says, from a file and from a pipe that is filled in pieces, with lines that are malformed, blank, forged, longer than
# the limit and than a block, and blocks of very short ones. A wider program reads each batch in parts (1,000 columns).
. "$MEDAL_TESTS/lib.sh"
python - <<'PY'
import collections, json, random
r = random.Random(5)
valid, bad, lines, seen, first = [], [], [], set(), []
for k in range(24000):
    x = r.random()
    row = {"id": r.randrange(9000), "l": r.choice(["free", "paid", "x"]), "t": "\u00e9" * r.randrange(60)}
    line = json.dumps(row, ensure_ascii=x < .5).encode()
    if x < .004:
        line = line[:r.randrange(1, len(line))]
        bad.append(line)
    elif x < .008:
        line = b" \r"  # blank: counted, and gone
    elif x < .010:
        line = b'{"_medal":"end","run":"00000000-0000-0000-0000-000000000000"}'  # no control line in a plain stream
        bad.append(line)
    elif x < .012:
        line = b'{"t":"\xff"}'
        bad.append(line)
    elif x < .0125:
        line = b'{"id":1,"t":"' + b"a" * 600000 + b'"}'  # over --max-record; the bytes come back in parts
        bad.append(line)
    elif x < .014:
        row = {"id": k, "l": "paid", "t": "b" * r.randrange(200000, 400000)}
        line = json.dumps(row).encode()
        valid.append((row, line))
    else:
        valid.append((row, line))
    lines.append(line + b"\n")
    if k % 7999 == 9:
        lines.append(b'{"id":-1}\n' * 60000)
        valid += [({"id": -1, "l": None}, b'{"id":-1}')] * 60000
row = {"id": 77777, "l": "free"}
valid.append((row, json.dumps(row).encode()))
lines.append(valid[-1][1])  # without a line feed
open("in", "wb").writelines(lines)
for row, line in valid:
    if row["id"] not in seen:
        seen.add(row["id"])
        first.append(line)
out = lambda name, some: open(name, "wb").writelines(l + b"\n" for l in some)
out("want.validate", [l for row, l in valid if row["l"] in ("free", "paid")])
out("want.dedupe", first)
out("want.transform", [b'{"id":%d,"u":"%s"}' % (row["id"], row["l"].upper().encode()) for row, _ in valid if row["l"]])
out("want.cast", [b'{"id":%d,"n":1}' % row["id"] for row, _ in valid if row["l"] != "x"])
n = collections.Counter(str(row["l"]) for row, _ in valid)
out("want.aggregate", sorted(f"{l} {c}".encode() for l, c in n.items()))
out("want.bad", sorted(bad))
names = [f"c{i}" for i in range(1000)]
texts = ", ".join(f"concat_ws('', {', '.join(names[i:i + 200])})" for i in range(0, 1000, 200))
open("wide", "w").write(f"SELECT id, concat_ws('', {texts}, upper(l)) AS u WHERE l IS NOT NULL")
PY
cat >bad.py <<'PY'
import base64, glob, json, sys
rows, parts = [], b""
for f in sorted(glob.glob("q/part-*")):
    for line in open(f, "rb"):
        row = json.loads(line)
        error = row["_error"]
        if error["reason"] in ("EXPECTATION", "CAST_INVALID_INPUT"):
            continue  # records
        parts += base64.b64decode(error["bytes"]) if "bytes" in error else row["_corrupt_record"].encode()
        if error.get("part_last", True):
            rows.append(parts)
            parts = b""
sys.stdout.buffer.writelines(r + b"\n" for r in sorted(rows))
PY
cat >pieces.py <<'PY'
import random, sys, time
r, b, i = random.Random(3), open("in", "rb").read(), 0
while i < len(b):
    n = r.choice([1, 100, 4096, 65536, 300000, 1000000])
    sys.stdout.buffer.write(b[i:i + n])
    sys.stdout.buffer.flush()
    i += n
    if r.random() < .05:
        time.sleep(.002)
PY
a_filter() {
	rm -rf q
	case $1 in
	file) "${@:2}" --threads $n --max-record 500K --quarantine q -q <in ;;
	pipe) python pieces.py | "${@:2}" --threads $n --max-record 500K --quarantine q -q ;;
	esac
	python bad.py | cmp - want.bad >&2 || echo "$* with $n threads: the quarantine" >&2
}
for n in 1 2 3 16; do
	for from in file pipe; do
		a_filter $from medal-validate --expect "known EXPECT (l IN ('free', 'paid')) ON VIOLATION DROP ROW" | cmp - want.validate
		a_filter $from medal-dedupe -k id --forever | cmp - want.dedupe
		a_filter $from medal-transform "SELECT id, upper(l) AS u WHERE l IS NOT NULL" | cmp - want.transform
		a_filter $from medal-transform "SELECT id, CAST(if(l = 'x', l, '1') AS INT) AS n" | cmp - want.cast
		a_filter $from medal-aggregate 'SELECT l, count(*) AS n GROUP BY l' | jq -r '"\(.l // "None") \(.n)"' |
			LC_ALL=C sort | cmp - want.aggregate
	done
done
n=3 a_filter file medal-transform "$(cat wide)" | cmp - want.transform

# what helpers have seen of the keys' members counts, and what nobody has is told
rm -rf q
medal-dedupe --threads 3 --quarantine q -k id,t --forever <in >/dev/null
medal-dedupe --threads 3 --quarantine q -k id,nothing --forever <in >/dev/null

# numbers by chance go on from row to row
for n in 1 3; do
	medal-transform --threads $n --quarantine q -q 'SELECT id, rand(5) AS x' <in >chance.$n
done
cmp chance.1 chance.3
[ "$(sort -u chance.1 | wc -l)" -gt 80000 ] || echo "there is no chance"
