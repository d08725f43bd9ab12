# SPDX-License-Identifier: MIT
. "$MEDAL_TESTS/lib.sh"
need python3
medal-write --format csv t
python3 - t/part-0-0.csv "$MEDAL_TESTS/write/csv_is_what_python_reads.in" <<'PY'
import csv, json, sys
rows = list(csv.DictReader(open(sys.argv[1], newline="")))
want = [json.loads(l) for l in open(sys.argv[2])]
def text(v):
    return "" if v is None else v if isinstance(v, str) else json.dumps(v, separators=(",", ":"), ensure_ascii=False)
for r, w in zip(rows, want, strict=True):
    assert r == {k: text(w.get(k)) for k in want[0]}, (r, w)
print(len(rows), "rows")
PY
