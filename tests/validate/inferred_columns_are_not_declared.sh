# SPDX-License-Identifier: MIT
. "$MEDAL_TESTS/lib.sh"
status medal-validate --schema 'a INT' --schema-evolution addNewColumns </dev/null
status medal-validate --schema 'a INT' --schema-location x </dev/null
status medal-validate -e 'x EXPECT (true)' --schema-evolution rescue </dev/null
# without a checkpoint the columns need a place
printf '{"a":1}\n' | status medal-validate --schema-evolution addNewColumns
ls
