# SPDX-License-Identifier: MIT
for q in 'SELECT a, count(*) FROM x GROUP BY a' 'SELECT DISTINCT a' 'SELECT a FROM x JOIN y ON x.k = y.k' 'SELECT explode(a), explode(b)'; do
	medal-transform "$q" </dev/null >out 2>err
	echo "$? $(wc -c <out) $(grep -c '^medal-transform: error: ' err)"
done
