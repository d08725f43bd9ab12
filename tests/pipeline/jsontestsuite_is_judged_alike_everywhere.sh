# SPDX-License-Identifier: MIT
# Each text of JSONTestSuite as the value of a member: what is a record in one program is one in all of them.
. "$MEDAL_TESTS/lib.sh"
python - "$MEDAL_TESTS/data" <<'END'
import os, sys
suite, decisions = os.path.join(sys.argv[1], "jsontestsuite/test_parsing"), {}
for line in open(os.path.join(sys.argv[1], "jsontestsuite-decisions"), encoding="utf-8"):
    if not line.startswith("#"):
        name, verdict = line.split("\t")[:2]
        decisions[name] = verdict == "accept"
with open("in", "wb") as out, open("want", "w") as want:
    n = 0
    for name in sorted(os.listdir(suite)):
        # a line feed is white space where it may stand, and else refused like any control character
        text = open(os.path.join(suite, name), "rb").read().replace(b"\n", b"\r")
        n += 1
        out.write(b'{"id":%d,"v":%s}\n' % (n, text))
        ok = decisions[name] if name[0] == "i" else name[0] == "y"
        if ok:
            want.write("%d\n" % n)
END
ids() { grep -ao '^{"id":[0-9]*' | grep -o '[0-9]*$'; }
check() {
	if ids | sort -n | cmp -s - want; then echo "$1 as it should"; else echo "$1 differs"; fi
}
wc -l <want
medal-ingest --quarantine q1 in | check ingest
medal-transform --quarantine q2 'SELECT *' <in | check transform
medal-validate --quarantine q3 -e 'x EXPECT (true)' <in | check validate
medal-dedupe --quarantine q4 -k id --forever <in | check dedupe
medal-aggregate --quarantine q5 'SELECT id, count(*) AS n GROUP BY id' <in | check aggregate
medal-write --quarantine q6 t <in && cat t/part* | check write
medal-exec --quarantine q7 cat <in | check exec
for q in q1 q2 q3 q4 q5 q6 q7; do cat $q/*.ndjson | wc -l; done | uniq -c | tr -s ' '
