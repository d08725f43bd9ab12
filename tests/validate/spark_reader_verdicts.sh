# SPDX-License-Identifier: MIT
. "$MEDAL_TESTS/lib.sh"
need_module json
python - <<'END'
"""Each recorded verdict of Spark's JSON reader: is the line corrupt, and which members are null?"""
import json, os, subprocess
groups = {}
for l in open(os.environ["MEDAL_TESTS"] + "/data/spark-json-reader.ndjson"):
    d = json.loads(l)
    groups.setdefault(d["schema"], []).append(d)

def agrees(mine, spark, line):
    """Where Spark has a value so do we, and where it has none we have null."""
    if isinstance(spark, dict) and isinstance(mine, dict):
        return all(agrees(mine.get(k), spark.get(k), line) for k in set(spark) | {k for k in mine if k in "abcstulmv"})
    if isinstance(spark, list) and isinstance(mine, list):
        return len(mine) == len(spark) and all(agrees(m, s, line) for m, s in zip(mine, spark))
    return (mine is None) == (spark is None)

# Where Spark's answer is not followed. A value that it wraps around in silence does not fit here.
EXPLAINED = {("v TINYINT", '{"v":128}'), ("v TIMESTAMP", '{"v":9223372036854775807}'), ("v DATE", '{"v":"5"}')}

wrong = n = 0
for schema, cases in groups.items():
    text = "".join(c["line"] + "\n" for c in cases)
    out = subprocess.run(["medal-validate", "--schema", schema], input=text, capture_output=True, text=True, check=True).stdout.splitlines()
    assert len(out) == len(cases), (schema, len(out), len(cases))
    for c, row in zip(cases, out):
        n += 1
        if (schema, c["line"]) in EXPLAINED:
            continue
        mine = json.loads(row)
        corrupt = mine.pop("_corrupt_record", None)
        if (corrupt is not None) != c["corrupt"] or (c["corrupt"] and (corrupt != c["line"] or not agrees(mine, c["row"], c["line"]))):
            wrong += 1
            print(schema, c["line"], "Spark:", c["corrupt"], c["row"], "medal:", row)
print(n > 1000, wrong)
END
