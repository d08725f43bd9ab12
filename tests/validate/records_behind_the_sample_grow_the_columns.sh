# SPDX-License-Identifier: MIT
# Of records that were held back together only as many as asked for are inferred from: the same columns, however they came.
. "$MEDAL_TESTS/lib.sh"
need jq
{
	for i in $(seq 1 50); do echo '{"a":1}'; done
	echo '{"a":1,"b":[]}'
	echo '{"b":null,"c":"x"}'
} >records
columns() { tail -n 1 kept/_schemas/$1 | jq -c '.dataSchemaJson | fromjson | [.fields[] | .name]'; }
status medal-validate --schema-location kept --schema-sample 10 <records 2>/dev/null
columns 0
columns 1
status medal-validate --schema-location kept --schema-sample 10 <records | tail -n 3
