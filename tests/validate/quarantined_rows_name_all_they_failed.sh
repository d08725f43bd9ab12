# SPDX-License-Identifier: MIT
. "$MEDAL_TESTS/lib.sh"
cat >t.sql <<'END'
CREATE OR REFRESH STREAMING TABLE t (
  id BIGINT NOT NULL, level STRING, n INT,
  CONSTRAINT has_level EXPECT (level IS NOT NULL) ON VIOLATION DROP ROW,
  CONSTRAINT known EXPECT (level IN ('free', 'paid')),
  CONSTRAINT sane EXPECT (id > 0) ON VIOLATION FAIL UPDATE,
  CONSTRAINT short EXPECT (level NOT LIKE '_____%') ON VIOLATION DROP ROW
) AS SELECT * FROM STREAM(x);
END
medal-validate t.sql --quarantine bad
python - <<'END'
import glob, json
for p in glob.glob("bad/*.ndjson"):
    for l in open(p):
        d = json.loads(l)
        e = d.pop("_error")
        print(e["line"], e["reason"], ",".join(e["failed"]), json.dumps(d))
END
