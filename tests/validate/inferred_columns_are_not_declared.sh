# SPDX-License-Identifier: MIT
. "$MEDAL_TESTS/lib.sh"
status medal-validate --schema 'a INT' --schema-evolution addNewColumns </dev/null
status medal-validate --schema 'a INT' --schema-location x </dev/null
status medal-validate -e 'x EXPECT (true)' --schema-evolution rescue </dev/null
# without a checkpoint the columns need a place
printf '{"a":1}\n' | status medal-validate --schema-evolution addNewColumns
ls
# two stages cannot keep their columns in one place
mkdir in
echo '{"a":1}' >in/1.json
medal-ingest --checkpoint ck in 2>/dev/null | medal-validate --schema-hints 'b INT' | medal-validate --schema-hints 'c INT' 2>message |
	medal-write t >/dev/null 2>&1
grep -o 'the stage .* own' message
