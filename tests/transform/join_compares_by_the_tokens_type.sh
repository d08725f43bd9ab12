# SPDX-License-Identifier: MIT
printf '{"id":1,"w":"one"}\n{"id":2,"w":"two"}\n' >t.ndjson
medal-transform 'SELECT k, w FROM x LEFT JOIN t ON k = id' --table t=t.ndjson --quarantine bad <<'EOF'
{"k":1}
{"k":"2"}
{"k":1.0}
{"k":1.5}
{"k":"x"}
{"k":null}
EOF
grep -o '"reason":"[A-Z_]*"' bad/*.ndjson
