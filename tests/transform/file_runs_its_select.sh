# SPDX-License-Identifier: MIT
. "$MEDAL_TESTS/lib.sh"
cat >t.sql <<'END'
CREATE OR REFRESH STREAMING TABLE one (n BIGINT) AS SELECT a AS n FROM STREAM(raw.x) WHERE a > 1;
CREATE OR REFRESH STREAMING TABLE two AS SELECT * FROM STREAM(raw.x);
END
medal-transform -f t.sql:one <<<'{"a":2}'
medal-transform -f t.sql:two <<<'{"a": 1}'
status medal-transform -f t.sql <<<'{"a":1}'
