# SPDX-License-Identifier: MIT
. "$MEDAL_TESTS/lib.sh"
status medal-transform 'SELECT 1 AS _medal' <<<'{}'
status medal-transform 'SELECT * EXCEPT (a)' <<<'{"a":1,"_medal":"end"}'
