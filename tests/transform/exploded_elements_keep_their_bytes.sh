# SPDX-License-Identifier: MIT
cat >in <<'EOF'
{"id":1,"a":[{"p":1.10,"q":[1.0,2e0]}, 12345678901234567890123, "x\ty", null, [ ]]}
{"id":2,"a":[]}
{"id":3}
EOF
medal-transform 'SELECT id, explode(a) AS e' <in
medal-transform 'SELECT id, e.p, e.q FROM x LATERAL VIEW OUTER explode(a) t AS e' <<<'{"id":1,"a":[{"p":1.10,"q":[1.0,2e0]},{"q":null},null]}'
medal-transform 'SELECT id, pos, e FROM x LATERAL VIEW OUTER posexplode(a) t AS pos, e WHERE id > 1' <in
