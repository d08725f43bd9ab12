# SPDX-License-Identifier: MIT
# A few strings of 1 to 8 bytes are compared as numbers: all of 0 to 9 bytes that are one byte away from one of them.
. "$MEDAL_TESTS/lib.sh"
need python3
cat >words.py <<'PY'
import json, sys
words = ["a", "ab", "abc", "abcd", "abcde", "abcdef", "abcdefgh", "h\u00e9"]
seen = {""}
for w in words:
    for i in range(len(w) + 1):
        for x in ("", "b", "\0"):
            seen |= {w[:i] + x + w[i:], w[:i] + x + w[i + 1:]}
rows = sorted(seen)
with open("in", "w") as i, open("want", "w") as o:
    for w in rows:
        i.write(json.dumps({"s": w}) + "\n")
        i.write(json.dumps({"s": w}, ensure_ascii=False) + "\n")
        o.write((json.dumps({"s": w}) + "\n" + json.dumps({"s": w}, ensure_ascii=False) + "\n") * (w in words))
PY
python3 words.py
medal-transform "SELECT s FROM STREAM(x) WHERE s IN ('a', 'ab', 'abc', 'abcd', 'abcde', 'abcdef', 'abcdefgh', 'hé')" <in >got
python3 - <<'PY'
import json
got, want = ([json.loads(l)["s"] for l in open(f)] for f in ("got", "want"))
assert got == want and len(want) == 16, (got, want)
PY
