# SPDX-License-Identifier: MIT
. "$MEDAL_TESTS/lib.sh"
python - <<'END' >in
for i in range(20000):
    print('{"i":%d,"d":%d}' % (i, i % 7) if i % 11 else '{"i":%d' % i)
END
medal-transform 'SELECT i, 100 div d AS q WHERE i % 2 = 0' --quarantine bad <in >out
python - <<'END'
import json, glob
want = {i: 100 // (i % 7) for i in range(20000) if i % 11 and i % 2 == 0 and i % 7}
got = {r["i"]: r["q"] for r in map(json.loads, open("out"))}
bad = [json.loads(l) for p in glob.glob("bad/*.ndjson") for l in open(p)]
reasons = {}
for b in bad:
    reasons[b["_error"]["reason"]] = reasons.get(b["_error"]["reason"], 0) + 1
print(got == want, list(got) == sorted(got))
print(reasons == {"CORRUPT_RECORD": sum(1 for i in range(20000) if i % 11 == 0),
                  "DIVIDE_BY_ZERO": sum(1 for i in range(20000) if i % 11 and i % 14 == 0)})
END
