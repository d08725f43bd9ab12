# SPDX-License-Identifier: MIT
# What is filled and what is not is what Spark 4.1 reads from a JSON table with the same defaults; generated columns are
# Delta's. spark/default_columns asks Spark.
. "$MEDAL_TESTS/lib.sh"
cat >t.sql <<'END'
CREATE STREAMING TABLE t (a INT, b STRING DEFAULT 'z', d DATE DEFAULT DATE'2024-01-02', e INT DEFAULT 1 + 1, n INT DEFAULT NULL,
  g INT GENERATED ALWAYS AS (a * 10), CONSTRAINT k EXPECT (b IN ('z', 'q') AND g < 50))
END
cat >records <<'END'
{"a":1}
{ "a":2, "b":null, "g":20 }
{"a":3,"b":"q","e":"x"}
{"a":4,"g":41}
{"a":2147483647}
{}
{bad
END
medal-validate -v --quarantine q t.sql <records
jq -c '[._error.reason, ._error.failed]' q/part-*
# without a quarantine a row that does not fit is kept in part, and gets nothing
sed -n 3p records | medal-validate t.sql
sed -n 4p records | status medal-validate t.sql
# with a rescued member
echo '{"a":1,"x":2}' | medal-validate --schema-evolution rescue t.sql
# what Spark and Delta refuse
for c in "b INT DEFAULT 'x'" "b INT DEFAULT a" "b TINYINT DEFAULT 1000" "b ARRAY<INT> DEFAULT array(1)" \
	"b INT GENERATED ALWAYS AS (c), c INT GENERATED ALWAYS AS (a)" "b INT GENERATED ALWAYS AS ('x' || a)"; do
	status medal-validate --schema "a INT, $c" </dev/null 2>&1 | sed -n '1s/.*error: //p;3s/^ *^/^/p'
done
