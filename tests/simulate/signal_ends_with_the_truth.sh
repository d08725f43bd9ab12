# SPDX-License-Identifier: MIT
. "$MEDAL_TESTS/lib.sh"
medal-simulate music --endless --rate 1000 --truth truth.json >rows &
wait_until 300 [ -s rows ]
kill -TERM $!
status wait $!
[ "$(jq .rows truth.json)" = "$(wc -l <rows)" ] && echo "the truth is about all rows"
[ "$(jq .bytes truth.json)" = "$(wc -c <rows)" ] && echo "and all bytes"
