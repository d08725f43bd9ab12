# SPDX-License-Identifier: MIT
# Members that pass keep their bytes: long numbers, members twice, odd spacing, escapes; also under other names.
cat >in <<'EOF'
{ "a" :  123456789012345678901234567890 , "b":1.10,"b":1e400, "c": {"x" : [1,  2.50]} ,"d":"\u00e9\/" }
{"d":null,"a":-0.0,"c":[ ],"e\u0020f":0.100}
EOF
medal-transform 'SELECT * EXCEPT (b)' <in
medal-transform 'SELECT a AS n, c AS o, d, b' <in
medal-transform 'SELECT *, a AS copy, 1 AS one' <in
medal-transform "WITH x AS (SELECT * EXCEPT (d), c AS moved FROM STREAM(s)), y AS (SELECT a AS z, moved FROM x) SELECT y.* FROM y" <in
