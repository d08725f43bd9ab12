# Objects and arrays of undeclared members as keys of groups come out as they are, alone and beside other types.
printf '%s\n' '{"x":{"a":1},"k":1}' '{"x":[1,"é"],"k":1}' '{"x":1,"k":1}' '{"x":"q","k":1}' '{"k":1}' '{"x":{"a":1},"k":2}' >in
for n in 1 2 6; do
	head -n $n in | medal-aggregate "SELECT x, count(*) AS n GROUP BY x"
done
grep '{"a' in | medal-aggregate "SELECT k, x, count(*) AS n GROUP BY k, x"
