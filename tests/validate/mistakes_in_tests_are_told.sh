# SPDX-License-Identifier: MIT
. "$MEDAL_TESTS/lib.sh"
cat >schema.yml <<'END'
models:
  - name: orders
    columns: [{name: id, tests: [unique, relationships: {to: ref('customers'), field: id}]}]
  - name: customers
    columns: [{name: id, tests: [unique, dbt_utils.not_constant]}]
END
printf 'models:\n  - name: [\n' >broken.yml
cat >t.sql <<'END'
CREATE STREAMING TABLE silver.orders (id BIGINT);
CREATE STREAMING TABLE silver.others (id BIGINT);
END
status medal-validate --dbt-tests schema.yml </dev/null
status medal-validate --dbt-tests schema.yml t.sql:others </dev/null
status medal-validate --dbt-tests schema.yml t.sql:orders </dev/null
status medal-validate --dbt-tests schema.yml t.sql:orders --table customers=nowhere.ndjson </dev/null
status medal-validate --dbt-tests broken.yml </dev/null
status medal-validate --dbt-tests missing.yml </dev/null
status medal-validate --test 'id: {unique: {warn_if: more than 3}}' </dev/null
status medal-validate --schema 'id INT' --test 'ide: unique' </dev/null
status medal-validate --run-results r.json -e 'k EXPECT (true)' </dev/null
# a test of another package is skipped aloud; a value that cannot be computed is an error of its test
echo '{"id":"x"}' | status medal-validate --dbt-tests schema.yml:customers
echo '{"id":"x"}' | status medal-validate --test "id: {not_null: {where: CAST(id AS INT) > 0}}"
