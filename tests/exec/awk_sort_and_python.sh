# SPDX-License-Identifier: MIT
. "$MEDAL_TESTS/lib.sh"
printf '{"id":%d,"v":%d}\n' 1 30 2 10 3 20 >in
medal-exec sort -t: -k3n <in
medal-exec awk '/3/ { print; n++ } END { print "{\"count\":" n "}" }' <in
cat >double.py <<'P'
import json, sys
for line in sys.stdin:
    r = json.loads(line)
    print(json.dumps({"id": r["id"], "v": r["v"] * 2}))
P
medal-exec "$MEDAL_PYTHON" double.py <in
