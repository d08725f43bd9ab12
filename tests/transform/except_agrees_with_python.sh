# SPDX-License-Identifier: MIT
. "$MEDAL_TESTS/lib.sh"
cat >gen.py <<'END'
import json, random, sys
r = random.Random(7)
NAMES = ['a', 'b', 'c', 'cut', 'cut me', '', 'x"y', '\\u0063ut', 'cut\\u0020me', '_medal']
def value(d=0):
    k = r.randrange(9 if d < 2 else 7)
    if k < 7:
        return r.choice(['1', '-0.0', '12345678901234567890', '"cut"', '"x"', 'null', 'true', '"\\"cut\\":"', '"é, }"'])
    if k == 7:
        return '[' + ws() + ','.join(value(d + 1) for _ in range(r.randrange(3))) + ']'
    return obj(d + 1)
def ws():
    return r.choice(['', '', '', ' ', '\t', '  '])
def obj(d=0):
    members = []
    for i in range(r.randrange(6)):
        n = r.choice(NAMES)
        if n == '_medal' and not d and not members:
            n = 'a'
        members.append(ws() + '"' + n.replace('x"y', 'x\\"y') + '"' + ws() + ':' + ws() + value(d) + ws())
    return ws() + '{' + (','.join(members) or ws()) + '}' + ws()
for _ in range(20000):
    print(obj())
END
python gen.py >in
medal-transform 'SELECT * EXCEPT (cut, `cut me`), 1 AS one' --quarantine bad <in >out
python - <<'END'
import glob, json, re
pairs = lambda l: json.loads(l, object_pairs_hook=lambda p: p, parse_float=str, parse_int=str)
space = lambda p: re.sub(r"[ \t]+", "", p)
want, refused = [], 0
for l in open("in", encoding="utf-8"):
    p = [m for m in pairs(l) if m[0] not in ("cut", "cut me", "one")]
    if p and p[0][0] == "_medal":
        refused += 1
    else:
        want.append(p + [("one", "1")])
got = [pairs(l) for l in open("out", encoding="utf-8")]
bad = [json.loads(l)["_error"]["reason"] for f in glob.glob("bad/*.ndjson") for l in open(f, encoding="utf-8")]
print(got == want, len(got) > 15000)
print(bad == ["RESERVED_MEMBER"] * refused, refused > 10)
END
