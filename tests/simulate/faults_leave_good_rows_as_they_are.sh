# SPDX-License-Identifier: MIT
# The good and late rows are those of the run without faults, in the same bytes.
medal-simulate music --rows 30000 >clean
medal-simulate music --rows 20000 --duplicates 5% --malformed 5% --late 5% --late-by 10s --truth truth.json >faulty
awk 'NR == FNR { clean[$0]; next } !($0 in clean) { n++ } END { print n + 0 }' clean faulty >others
[ "$(cat others)" = "$(jq .types.listen_events.malformed truth.json)" ] && echo "only malformed rows are new"
