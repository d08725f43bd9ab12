# SPDX-License-Identifier: MIT
medal-transform 'SELECT transform(a, x -> 10 div x) AS t, exists(a, x -> 10 div x = 5) AS e' --quarantine bad <<'EOF'
{"a":[2,5]}
{"a":[2,0]}
{"a":[]}
EOF
grep -o '"reason":"[A-Z_]*"' bad/*.ndjson
# exists looks no further than the first that is TRUE, so 10 div 0 is never computed.
medal-transform 'SELECT exists(a, x -> 10 div x = 5) AS e' <<<'{"a":[2,0]}'
