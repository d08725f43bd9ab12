# SPDX-License-Identifier: MIT
set -e
medal-simulate music --rows 1003 --output-dir whole --duplicates 10%
medal-simulate music --rows 1003 --output-dir cut --duplicates 10% --files 7
for t in listen page_view auth status_change; do
	cat cut/${t}_events-*.ndjson | cmp - whole/${t}_events.ndjson
done
ls -A cut | wc -l
# file 3 of each type has the rows of the same part of the run
for i in 0 1 2 3 4 5 6; do
	cat cut/*-0000$i.ndjson | wc -l
done
