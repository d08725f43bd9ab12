# SPDX-License-Identifier: MIT
"""spark.NAME and the stream of medal's last filter, medal.NAME: equal rows in each batch."""
import json
import sys

for name in sys.argv[1:]:
    want = [sorted(json.dumps(r, sort_keys=True) for r in json.loads(line)["rows"]) for line in open(f"spark.{name}")]
    got = []
    for line in open(f"medal.{name}"):
        row = json.loads(line)
        if row.get("_medal") == "begin":
            got.append([])
        elif "_medal" not in row:
            # toJSON leaves NULL out
            got[-1].append(json.dumps({k: v for k, v in row.items() if v is not None}, sort_keys=True))
    got = [sorted(b) for b in got]
    bad = [n for n in range(max(len(got), len(want))) if n >= len(got) or n >= len(want) or got[n] != want[n]]
    for n in bad[:3]:
        print(name, "batch", n, "spark", want[n:n + 1], "medal", got[n:n + 1])
    rows = sum(len(b) for b in want)
    print(name, "differs" if bad else "equal", "rows" if rows > 10 else f"but only {rows} rows")
