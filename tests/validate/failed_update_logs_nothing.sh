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
status medal-validate t.sql --event-log log <<<'{"id":0,"level":"free"}' 2>/dev/null
medal-validate t.sql --event-log log </dev/null
ls log 2>/dev/null || echo no log
