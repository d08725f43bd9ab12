# SPDX-License-Identifier: MIT
. "$MEDAL_TESTS/lib.sh"
printf '{"id":1,"name":"t"}\n{"id":2\n' >bad.ndjson
printf '{"id":1,"name":"t"}\n' >t.ndjson
q() { status medal-transform "$@" 2>&1 </dev/null | head -1; }
q 'SELECT * FROM x JOIN t ON k = id'
q 'SELECT * FROM x JOIN t ON k = id' --table t
q 'SELECT * FROM x JOIN t ON k = id' --table t=nothing.ndjson
q 'SELECT * FROM x JOIN t ON k = id' --table t=bad.ndjson
q 'SELECT * FROM x JOIN t ON k = t.idd' --table t=t.ndjson
q 'SELECT * FROM x RIGHT JOIN t ON k = id' --table t=t.ndjson
q 'SELECT * FROM x JOIN STREAM(t) ON k = id' --table t=t.ndjson
q 'SELECT * FROM x JOIN t ON k = id JOIN t ON k = id' --table t=t.ndjson
q 'SELECT * FROM x JOIN t ON k = id' --table t=t.ndjson --schema 'k ARRAY<INT>'
q 'SELECT * FROM x JOIN t' --table t=t.ndjson --table-schema u='a INT'
