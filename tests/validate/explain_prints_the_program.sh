# What two expectations share is computed once, a constant is folded, and nothing is read.
yes '{"a":1}' | head -n 3 |
	medal-validate --schema 'a INT, b STRING' -e 'big EXPECT (a + 1 > 2)' -e 'odd EXPECT ((a + 1) % 2 = 1 + 0)' --explain
aggregate='SELECT k, sum(n) AS s WHERE n > 0 GROUP BY k HAVING s > 1'
medal-aggregate --schema 'k STRING, n INT' --explain "$aggregate" </dev/null | grep -v ' = '
