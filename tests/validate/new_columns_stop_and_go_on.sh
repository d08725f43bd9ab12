# SPDX-License-Identifier: MIT
# Auto Loader's addNewColumns: the run stops with the new columns stored, the next goes on with them.
. "$MEDAL_TESTS/lib.sh"
pipeline() {
	medal-ingest --checkpoint ck in |
		medal-validate -e 'positive EXPECT (id > 0)' --schema-hints 'late DATE' --schema-evolution addNewColumns |
		medal-write t | medal-checkpoint commit
	echo "status ${PIPESTATUS[*]:1}"
}
columns() {
	tail -n 1 "ck/_schemas/$1" | jq -r '.dataSchemaJson | fromjson | .fields[] | "\(.name) \(.type | if type == "string" then . else tojson end)"' |
		sed 's/,"nullable":true,"metadata":{}//g'
}
need jq
mkdir in
printf '{"id":1,"s":{"a":1}}\n{"id":2}\n' >in/1.json
pipeline
columns 0
# a member in a struct, a member of the record, and what is no new column: another case, another type
printf '{"id":3}\n{"ID":4,"s":{"b":1},"new":[{"k":true}]}\n{"id":"x","zoo":null}\n' >in/2.json
pipeline 2>message
grep -o 'have members that.*have: [^;]*' message | sort -u
pipeline
columns 1
ls ck/_schemas
medal-checkpoint verify --tables ck
cat t/part-*
