# SPDX-License-Identifier: MIT
. "$MEDAL_TESTS/lib.sh"
cat >q.sql <<'END'
CREATE STREAMING TABLE t AS
SELECT a,
  b FORM x;
END
status medal-transform -f q.sql </dev/null
status medal-transform 'SELECT' </dev/null
