# SPDX-License-Identifier: MIT
. "$MEDAL_TESTS/lib.sh"
status medal-validate --mode failfast --schema 'a INT' <<<'{"a":"x"}'
status medal-validate --mode failfast --schema 'a INT' --quarantine bad <<<'{"a":'
status medal-validate --mode failfast --schema 'a INT' <<<'{"a": 5}'
