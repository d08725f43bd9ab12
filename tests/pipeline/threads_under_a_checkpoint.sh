# --threads under a checkpoint, where filters take one of their own accord: epochs of all sizes, so that begin lines and barriers
# stand in blocks that are read ahead; the books balance, and the table is what python says, also after a kill in each epoch.
. "$MEDAL_TESTS/lib.sh"
mkdir in
python - <<'PY'
import json, random
r, seen = random.Random(7), set()
want = open("want", "w")
for k in range(24):
    with open(f"in/{k:02}.ndjson", "w") as f:
        for i in range(r.choice([1, 10, 9000, 20000])):
            row = {"id": r.randrange(100000), "l": r.choice(["free", "paid", "x"]), "t": "t" * r.randrange(200)}
            f.write(json.dumps(row) + "\n" if r.random() > .001 else '{"id":\n')
        # a row that is the last of its file in the table, or was there before
        f.write(json.dumps(row) + "\n")
PY
python - <<'PY' | sort >want
import glob, json
seen = set()
for f in sorted(glob.glob("in/*")):
    for line in open(f):
        try:
            row = json.loads(line)
        except ValueError:
            continue
        if row["l"] != "x" and row["id"] not in seen:
            seen.add(row["id"])
            print(line, end="")
PY
run() {
	medal-ingest -q --wait --checkpoint ck --quarantine q --max-files 1 in |
		medal-validate --threads 3 --expect "known EXPECT (l <> 'x') ON VIOLATION DROP ROW" |
		medal-dedupe --threads 2 -k id --forever | medal-transform --threads 4 'SELECT *' |
		medal-write table | medal-checkpoint commit
}
# killed in epoch after epoch; who was killed may live for a moment, so the next one waits
for k in 1 2 3 4 5; do
	setsid bash -c "$(declare -f run); run" 2>/dev/null &
	pid=$!
	committed() { [ "$(ls ck/commits 2>/dev/null | wc -l)" -ge $((3 * k)) ] || ! kill -0 $pid 2>/dev/null; }
	wait_until 60 committed
	kill -9 -- -$pid 2>/dev/null
	wait $pid 2>/dev/null
done
run
medal-ingest table | sort | cmp - want
medal-checkpoint verify --tables ck | grep -o 'the books balance'
