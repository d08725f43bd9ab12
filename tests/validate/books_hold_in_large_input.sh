# SPDX-License-Identifier: MIT
. "$MEDAL_TESTS/lib.sh"
python - <<'END' >in
for i in range(30000):
    print(['{"id":%d, "level":"free"}', '{"id":%d}', '{"id":"%d","level":"paid"}', '{"id":%d', '{"id":%d,"level":"gold"}'][i % 5] % (i + 1))
END
cat >t.sql <<'END'
CREATE OR REFRESH STREAMING TABLE t (
  id BIGINT NOT NULL, level STRING, n INT,
  CONSTRAINT has_level EXPECT (level IS NOT NULL) ON VIOLATION DROP ROW,
  CONSTRAINT known EXPECT (level IN ('free', 'paid')),
  CONSTRAINT sane EXPECT (id > 0) ON VIOLATION FAIL UPDATE,
  CONSTRAINT short EXPECT (level NOT LIKE '_____%') ON VIOLATION DROP ROW
) AS SELECT * FROM STREAM(x);
END
medal-validate -v --quarantine bad t.sql <in >out
grep -c free out; grep -c gold out; wc -l <out; cat bad/*.ndjson | wc -l
