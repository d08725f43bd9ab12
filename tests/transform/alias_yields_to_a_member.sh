# SPDX-License-Identifier: MIT
# SELECT a AS b, b AS a swaps two members; where a record has no b, the alias is meant.
medal-transform 'SELECT a AS b, b AS a' <<<'{"a":1,"b":2}
{"a":1}'
medal-transform --schema 'a INT' 'SELECT a + 1 AS b, b * 2 AS c, c + b AS d' <<<'{"a":1,"b":70}'
