# SPDX-License-Identifier: MIT
. "$MEDAL_TESTS/lib.sh"
printf '{"a":1}\n{"a":2}\n' >in.ndjson
medal-ingest --checkpoint ck in.ndjson | medal-transform 'SELECT a, current_timestamp() AS t, now() AS u' | medal-write out | medal-checkpoint commit
python - <<'END'
import datetime, glob, json
ms = json.loads(open("ck/offsets/0").read().splitlines()[1])["batchTimestampMs"]
for l in open(glob.glob("out/*.ndjson")[0]):
    d = json.loads(l)
    t = [datetime.datetime.fromisoformat(d[k].replace("Z", "+00:00")) for k in "tu"]
    print(d["a"], [round(x.timestamp() * 1000) == ms for x in t])
END
