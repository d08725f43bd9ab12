# 7, 7.0 and 70e-1 are one DECIMAL and one undeclared number; as strings they are three.
rows='7 7.0 70e-1 -0 0.00 12345678901234567890 12345678901234567890.0 0.10 0.1 1e18 1000000000000000000'
for x in $rows; do echo "{\"k\":$x}"; done >in.json
medal-dedupe --forever -k k --schema 'k DECIMAL(38,2)' <in.json
echo
medal-dedupe --forever -k k --schema 'k STRING' <in.json | wc -l
head -5 in.json | medal-dedupe --forever -k k
# exponents beyond any number: each is its own, and no sum of them goes over
printf '{"k":%s}\n' 1e9223372036854775807 1e9223372036854775806 0.1e-9223372036854775808 10e9223372036854775807 \
	1e99999999999999999998 1e99999999999999999999 1e99999999999999999999 0e99999999999999999999 0 |
	medal-dedupe --forever -k k --schema 'k DECIMAL(38,2)'
# keys do not run into one another, NULL and a missing member are one
printf '%s\n' '{"a":"x","b":"yz"}' '{"a":"xy","b":"z"}' '{"a":null,"b":"1"}' '{"b":"1"}' '{"a":"1"}' '{"a":1}' '{"a":"\u0031"}' |
	medal-dedupe --forever -k a,b
