# Members without a declared type may meet decimals: their fraction stays. Counted by hand.
printf '{"x":1}\n{}\n{}\n{}\n' |
	medal-aggregate 'SELECT sum(coalesce(x, 0.5)) AS s, min(coalesce(x, 0.5)) AS lo, avg(coalesce(x, 0.5)) AS a, sum(x * 0.5) AS h'
printf '{"x":1}\n{"x":1.5}\n' | medal-aggregate 'SELECT sum(CASE WHEN x > 1 THEN x ELSE 0.25 END) AS s, sum(x) AS t'
