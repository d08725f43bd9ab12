# SPDX-License-Identifier: MIT
. "$MEDAL_TESTS/lib.sh"
python - <<'END'
with open("t.sql", "w") as f:
    f.write("CREATE STREAMING TABLE t (%s, CONSTRAINT c EXPECT (c1 >= 0));" % ", ".join("c%d INT" % i for i in range(900)))
with open("in", "w") as f:
    for i in range(3000):
        f.write('{"c1":%d,"c899":%s}\n' % (i - 5, '"x"' if i % 100 == 42 else i))
END
(case $MEDAL_BUILD in *san*) ;; *) ulimit -v 200000 ;; esac; medal-validate -v t.sql --quarantine bad <in >out)
medal-transform 'SELECT c1 WHERE c1 > 2900' <in | wc -l
python - <<'END'
import glob, json
lines = open("in").read().splitlines()
print(open("out").read().splitlines() == [l for l in lines if '"x"' not in l])
bad = [json.loads(l)["_error"]["line"] for f in glob.glob("bad/*.ndjson") for l in open(f)]
print(bad == [i + 1 for i in range(3000) if i % 100 == 42])
END
