# SPDX-License-Identifier: MIT
. "$MEDAL_TESTS/lib.sh"
for e in 1 2 3; do
	printf '{"a":%d}\n{"a":"x"}\n{"a":0}\n' $e >in$e.ndjson
done
medal-ingest --checkpoint ck --quarantine q --max-files 1 in1.ndjson in2.ndjson in3.ndjson |
	medal-validate --schema 'a INT, CONSTRAINT pos EXPECT (a > 0) ON VIOLATION DROP ROW' --event-log log --name check |
	medal-write out | medal-checkpoint commit
cat out/*.ndjson
python - <<'END'
import glob, json
for l in open("log"):
    d = json.loads(l)
    print(d["id"].split("/")[1:], d["origin"]["batch_id"], json.loads(d["details"])["flow_progress"]["data_quality"])
rows = [json.loads(l) for f in sorted(glob.glob("q/*.ndjson")) for l in open(f)]
print([(r["a"], r["_error"]["epoch"], r["_error"]["stage"]) for r in rows])
END
medal-checkpoint verify ck
