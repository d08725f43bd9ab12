# SPDX-License-Identifier: MIT
. "$MEDAL_TESTS/lib.sh"
mkfifo in
medal-write t <in &
exec 3>in
yes '{"a":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}' | head -n 100000 >&3
wait_until 300 test -d t/_medal_pending
ls t
exec 3>&-
wait
ls t
wc -l <t/part-0-0.ndjson
