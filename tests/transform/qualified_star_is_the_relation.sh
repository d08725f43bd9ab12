# SPDX-License-Identifier: MIT
. "$MEDAL_TESTS/lib.sh"
medal-transform 'SELECT x.*, x.a AS b FROM STREAM(raw.y) AS x' <<<'{"a": 1}'
medal-transform 'SELECT Y.* FROM STREAM(raw.y)' <<<'{"a":  1}'
status medal-transform 'SELECT a.* FROM STREAM(raw.y) AS x' <<<'{"a":{"b":1}}'
