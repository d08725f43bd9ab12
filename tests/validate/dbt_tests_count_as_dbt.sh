# SPDX-License-Identifier: MIT
# The expected lines, names and ids are those of dbt 1.9.11 with DuckDB for these seeds (the project's name is medal), the
# failures what it stored in its audit schema.
. "$MEDAL_TESTS/lib.sh"
need jq
cat >customers.csv <<'END'
id,name
1,Michael
2,Shawn
3,Kathleen
END
cat >orders.csv <<'END'
id,customer_id,ordered,status,amount
1,1,2018-01-01,returned,10.5
2,3,2018-01-02,completed,20.0
3,9,2018-01-04,completed,1
3,9,2018-01-05,it's lost,1.0
4,,2018-03-05,placed,
,2,2018-03-06,shipped,7
,2,2018-03-06,,7.00
5,8,2018-03-07,it's lost,8
5,1,2018-03-08,"odd, one",8
5,1,2018-03-09,placed,8
END
cat >schema.yml <<'END'
version: 2
seeds:
  - name: orders
    columns:
      - name: id
        data_tests:
          - unique
          - not_null: {config: {severity: warn}}
      - name: customer_id
        tests:
          - not_null:
              error_if: ">5"
              warn_if: ">=1"
          - relationships:
              to: ref('customers')
              field: id
          - relationships: {name: known_customers_of_spring, to: ref('customers'), field: id, config: {where: "ordered >= '2018-03-01'", error_if: "> 1", warn_if: "= 0"}}
      - name: status
        data_tests:
          - accepted_values:
              values: ['placed', 'shipped', 'completed', 'return_pending', 'returned']
          - not_null: {config: {limit: 1, error_if: '>1', warn_if: '>0'}}
          - unique: {config: {limit: 2, severity: error, warn_if: "between 1 and 3", error_if: "> 3"}}
      - name: amount
        data_tests:
          - accepted_values: {values: [1, 8, 10.5], quote: false}
          - unique: {config: {where: "id is not null"}}
          - not_null: {enabled: false}
  - name: customers
    columns:
      - name: id
        tests: [unique, not_null]
END
columns='id BIGINT, customer_id BIGINT, ordered STRING, status STRING, amount DOUBLE'
medal-ingest --schema "$columns" orders.csv >orders.ndjson
medal-validate --schema "$columns" --dbt-tests schema.yml:orders --table customers=customers.csv \
	--run-results target/run_results.json --store-failures audit <orders.ndjson >passed
echo "status $?"
cmp orders.ndjson passed
jq -c '.results | sort_by(.unique_id)[] | [.status, .failures, .message, .unique_id]' target/run_results.json
jq -r '[.metadata.dbt_schema_version, (.results[0] | keys_unsorted[])] | join(" ")' target/run_results.json
for t in unique_orders_id accepted_values_orders_1ce6ab157c285f7cd2ac656013faf758 relationships_orders_customer_id__id__ref_customers_ \
	not_null_orders_status; do
	cat "audit/$t.ndjson"
done
ls audit | wc -l
