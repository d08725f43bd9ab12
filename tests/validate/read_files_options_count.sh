# SPDX-License-Identifier: MIT
# What STREAM read_files(...) says of columns holds here as in Databricks, unless an option says otherwise.
. "$MEDAL_TESTS/lib.sh"
cat >t.sql <<'END'
CREATE STREAMING TABLE hinted (CONSTRAINT k EXPECT (id > 0)) AS SELECT * FROM STREAM read_files('/Volumes/a/b/c/',
  format => 'json', schemaHints => 'day DATE, id INT', schemaEvolutionMode => 'rescue', maxFilesPerTrigger => 10);
CREATE STREAMING TABLE old AS SELECT * FROM STREAM(cloud_files('/in', 'json', map('cloudFiles.schemaHints', 'day DATE', 'header', 'true')));
CREATE STREAMING TABLE declared AS SELECT * FROM STREAM read_files('/in', schema => 'id INT', mode => 'FAILFAST');
CREATE STREAMING TABLE odd AS SELECT * FROM STREAM read_files('/in', schemaEvolutionMode => 'sometimes');
END
printf '{"id":1,"day":"2026-01-05"}\n{"id":2,"day":"soon","new":1}\n' >in
medal-validate --infer 9 t.sql:hinted <in
medal-validate --schema-location kept --schema-sample 1 t.sql:hinted <in
medal-validate --infer 1 t.sql:old <in
status medal-validate --schema-evolution failOnNewColumns t.sql:declared <in
printf '{"id":"x"}\n' | status medal-validate t.sql:declared
printf '{"id":"x"}\n' | medal-validate --mode permissive t.sql:declared
status medal-validate t.sql:odd <in
