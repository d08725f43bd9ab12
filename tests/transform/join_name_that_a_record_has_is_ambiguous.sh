# SPDX-License-Identifier: MIT
printf '{"id":1,"name":"t"}\n' >t.ndjson
medal-transform 'SELECT k, name FROM x JOIN t ON k = t.id' --table t=t.ndjson --quarantine bad <<'EOF'
{"k":1}
{"k":1,"name":"x"}
EOF
grep -o '"reason":"[A-Z_]*"' bad/*.ndjson
. "$MEDAL_TESTS/lib.sh"
status medal-transform 'SELECT name FROM x JOIN t ON k = id' --table t=t.ndjson --schema 'k INT, name STRING' 2>&1 </dev/null | head -1
