# SPDX-License-Identifier: MIT
# A small bench: what it measures varies, that no result is wrong does not.
. "$MEDAL_TESTS/lib.sh"
need jq
case $MEDAL_BUILD in */san-*) skip "a sanitizer must be loaded before what the bench preloads" ;; esac
"$MEDAL_TESTS/bench/run" --rows 5000 --runs 1 --tools medal,cat,jq --cache cache --out . --html page.html --strict >table ||
	fail "$(grep -E 'wrong|failed' table)"
awk -F' [|] ' '/^[|] jq/ { print $1, $NF }' table | sort -u
jobs=$(grep -c '^### ' table)
[ "$jobs" -gt 8 ] && [ "$(grep -o '</table>' page.html | wc -l)" = "$jobs" ] && echo "a table for each job"
ls | grep medal-bench || echo "nothing left behind"
