# SPDX-License-Identifier: MIT
. "$MEDAL_TESTS/lib.sh"
status medal-validate --schema 'a INT' --schema-evolution addNewColumns </dev/null
status medal-validate -e 'x EXPECT (true)' --schema-evolution rescue </dev/null
