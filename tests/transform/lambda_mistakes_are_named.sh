# SPDX-License-Identifier: MIT
for q in 'upper(x -> x)' 'transform(a, (x, y, z) -> x)' 'transform(a)' 'filter(a, x -> x + 1)' 'transform(b, x -> x)' \
	'aggregate(a, 0L, (acc, x) -> acc + x)' 'array_sort(a, (l, r) -> 1L)' 'transform(a, x -> y)'; do
	medal-transform --schema 'a ARRAY<INT>, b STRING' "SELECT $q" </dev/null 2>&1 | sed -n '1s/.*\(\[[A-Z_.]*\]\).*/\1/p'
done
