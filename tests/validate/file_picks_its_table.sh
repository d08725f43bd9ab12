# SPDX-License-Identifier: MIT
. "$MEDAL_TESTS/lib.sh"
printf 'CREATE STREAMING TABLE a.one (x INT NOT NULL); CREATE STREAMING TABLE two (CONSTRAINT c EXPECT (x > 1) ON VIOLATION DROP ROW);' >t.sql
medal-validate t.sql:ONE && medal-validate t.sql:two <<<'{"x":1}' && medal-validate t.sql:two <<<'{"x":2}'
status medal-validate t.sql:three
