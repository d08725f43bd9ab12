# SPDX-License-Identifier: MIT
# The definition is one that medal reads, its columns are those that Spark infers (see spark/infer_columns), and the name,
# constraints and SELECT of FILE.sql stay.
. "$MEDAL_TESTS/lib.sh"
cat >records <<'END'
{"b":1,"a":{"x":1,"y":[{"k":1.5}]},"none":null,"void":{},"_metadata":{"file_path":"f"}}
{"b":12345678901234567890,"a":{"z":"q"},"B":2,"odd name":"\u00e9"}
not a record
{"b":1,"later":true}
END
medal-validate --infer 2 --schema-hints 'a.x DATE, m MAP<STRING, INT>, a.y.element.k FLOAT' dir/t.v1.sql <records >t.sql
cat t.sql
medal-validate --infer 100 --schema-evolution rescue <records | tail -n 3
medal-validate t.sql <records | jq -c 'has("_corrupt_record")'
cat >c.sql <<'END'
CREATE STREAMING TABLE lake.silver.c (
  CONSTRAINT pos EXPECT (b > 0) ON VIOLATION DROP ROW
) AS SELECT b, a FROM STREAM read_files('/in', format => 'json');
END
head -n 1 records | medal-validate --infer 1 c.sql
# nothing to infer from; a pipeline is no place for it
status medal-validate --infer 1 </dev/null
printf '{"_medal":"begin","run":"00000000000000000000000000000000","epoch":"0","base":"-1","base_run":"","checkpoint":"/nowhere","batch_timestamp_ms":"0","late_watermark_ms":"0","stages":[]}\n' | status medal-validate --infer 1 2>&1 | tail -n 1
status medal-validate --infer 1 --schema-hints 'a INTT' </dev/null
