# SPDX-License-Identifier: MIT
# Columns that are inferred and grow, tests that remember, and kill -9 of a program of the pipeline at a random moment: in the
# end each row is there once, each entry of _schemas begins as the one before, and the tests count as python does.
. "$MEDAL_TESTS/lib.sh"
"$MEDAL_PYTHON" - <<'END'
import collections, glob, json, os, random, signal, subprocess, time

r = random.Random(3)
os.mkdir("in")
want, ids = [], collections.Counter()
for n in range(12):
    with open(f"in/{n:02}.json", "w") as f:
        for i in range(400):
            row = {"id": r.randrange(4000), "n": n * 400 + i}
            if n % 3 == 2 and i > 200:
                row[f"new{n}"] = {"a": i}
            if n % 4 == 3 and i == 399:
                row["new2"] = {"a": 1, f"b{n}": "x"}
            f.write(json.dumps(row) + "\n")
            want.append(row)
            ids[row["id"]] += 1
COMMANDS = [["medal-ingest", "--checkpoint", "ck", "--max-files", "1", "in"],
            ["medal-validate", "--schema-evolution", "addNewColumns", "--schema-sample", "100", "--test", "id: {unique: {severity: warn}}",
             "--run-results", "results.json"],
            ["medal-write", "t"], ["medal-checkpoint", "commit"]]
kills = stops = 0


def commits():
    return sum(name.isdigit() for name in os.listdir("ck/commits")) if os.path.isdir("ck/commits") else 0


def enough():
    return kills >= 2 and stops >= 4


def more(name, rows):
    with open("in/.new", "w") as f:
        for row in rows:
            want.append(row)
            ids[row["id"]] += 1
            f.write(json.dumps(row) + "\n")
    os.rename("in/.new", f"in/{name}.json")


for attempt in range(400):
    before, procs = subprocess.DEVNULL, []
    for c in COMMANDS:
        p = subprocess.Popen(c, stdin=before, stdout=subprocess.PIPE if c is not COMMANDS[-1] else subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if procs:
            procs[-1].stdout.close()
        procs.append(p)
        before = p.stdout
    if not os.path.exists("in/last.json") and (attempt < 40 or not enough()):
        # at some moment of an epoch, which is soon over
        until, base = time.monotonic() + 5, commits() + r.randrange(2)
        while commits() < base and procs[1].poll() is None and time.monotonic() < until:
            time.sleep(0.001)
        # mostly soon: a run is over in 20 ms on a quick machine, and a slow one is met by the others
        time.sleep(r.random() * (0.03 if attempt % 4 == 3 else 0.008))
        victim = r.choice(procs)
        kills += victim.poll() is None
        victim.send_signal(signal.SIGKILL)
    status = [p.wait() for p in procs]
    stops += 75 in status[1:]
    if status == [0, 0, 0, 0]:
        if os.path.exists("in/last.json"):
            break
        if enough():
            # results are of what a program has seen committed: one epoch more, without a kill
            more("last", [{"id": 1, "n": -1}])
        else:
            # quicker than the kills
            for k in range(4):
                more(f"more{attempt}.{k}", [{"id": r.randrange(4000), "n": -2 - i} for i in range(400)])
got = [json.loads(line) for p in glob.glob("t/part-*") for line in open(p)]
key = lambda row: json.dumps(row, sort_keys=True)
print("rows", sorted(map(key, got)) == sorted(map(key, want)))
columns = []
# what else is there is a file that a killed program had not finished
for n in range(sum(name.isdigit() for name in os.listdir("ck/_schemas"))):
    now = json.loads(json.loads(open(f"ck/_schemas/{n}").read().split("\n", 1)[1])["dataSchemaJson"])["fields"]
    columns.append([f["name"] for f in now])
print("grown", all(b[:len(a)] == a for a, b in zip(columns, columns[1:])), sorted(columns[-1]))
result = json.load(open("results.json"))["results"][0]
print("unique", result["failures"] == sum(c > 1 for c in ids.values()))
print("killed", kills >= 2, "stopped", stops >= 4)
# how many files came is the machine's doing
with open("want.books", "w") as f:
    f.write(f"{len(glob.glob('in/*.json'))} epochs, {len(want)} rows in, {len(want)} rows in tables: the books balance\n")
END
medal-checkpoint verify --tables ck | sed 's/, [0-9]* files.*:/:/' | cmp - want.books && echo "the books balance"
