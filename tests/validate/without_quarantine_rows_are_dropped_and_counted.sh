# SPDX-License-Identifier: MIT
cat >t.sql <<'END'
CREATE OR REFRESH STREAMING TABLE t (
  id BIGINT NOT NULL, level STRING, n INT,
  CONSTRAINT has_level EXPECT (level IS NOT NULL) ON VIOLATION DROP ROW,
  CONSTRAINT known EXPECT (level IN ('free', 'paid')),
  CONSTRAINT sane EXPECT (id > 0) ON VIOLATION FAIL UPDATE,
  CONSTRAINT short EXPECT (level NOT LIKE '_____%') ON VIOLATION DROP ROW
) AS SELECT * FROM STREAM(x);
END
grep -v '"x"' | grep '"id"' | medal-validate -v t.sql
