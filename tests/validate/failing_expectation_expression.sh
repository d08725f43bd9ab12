# SPDX-License-Identifier: MIT
. "$MEDAL_TESTS/lib.sh"
medal-validate -e 'ok EXPECT (10 div a > 1)' --quarantine bad && grep -o '"reason.*"message' bad/*.ndjson
status medal-validate -e 'fine EXPECT (true)' -e 'ok EXPECT (10 div a > 1)' <<<'{"a":0}'
