#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The test of this system: real logs of four days and as many simulated error logs, against counts that python makes.
set -e -o pipefail
. "$MEDAL_TESTS/lib.sh"
export NOW=2015-05-21-0000
data=$MEDAL_TESTS/data/apache-access-log

# same WANT: check.py prints just that
same() {
	local got
	got=$(python check.py .) || exit 1
	[ "$got" = "$1" ] || fail "expected: $1
got:      $got"
}

# everything that is visible, with its bytes
tables() {
	find bronze silver gold quarantine -type f -exec sha256sum {} + | sort
}

echo "four days, each with an error log"
mkdir logs
cp -r "$data"/2015-* logs/
for day in 17 18 19 20; do
	medal-simulate weblog --format error --rows $((day * 10)) --seed $day --start "2015-05-$day" >"logs/2015-05-$day/error.log"
done
./pipeline.sh
same "daily: 9999 requests, 1 malformed; incremental: 0 requests, 0 malformed"

echo "a second run adds nothing"
tables >before
./pipeline.sh
tables | cmp before -

echo "a log that grows: only the new lines are read, and only its day is counted again"
medal-simulate weblog --rows 300 --start 2015-05-20T22:00:00 >>logs/2015-05-20/access.log
[ "$(./pipeline.sh)" = "day 2015-05-20" ] || fail "other days were looked at"
same "daily: 10299 requests, 1 malformed; incremental: 0 requests, 0 malformed"
[ "$(medal-checkpoint show --json --last 1 ckpt/bronze/daily/2015-05-20/access | jq -r '.stages[0].in')" = 300 ] ||
	fail "more was read than the 300 new lines"
[ -z "$(tables | grep -v 2015-05-20 | comm -13 before -)" ] || fail "other days were touched"

echo "999 incremental files, killed in the middle"
mkdir logs/incremental
cat "$data"/*/access.log | split -d -a 4 -l 10 --additional-suffix=.log - logs/incremental/access-
mv logs/incremental/access-0999.log last.log
medal-simulate weblog --format error --rows 50 >logs/incremental/error-0000.log
set -m
./pipeline.sh >killed.log 2>&1 &
set +m
wait_until 300 test -e bronze/incremental/$NOW/access/_medal_owner
kill -9 -- -$! && wait $! 2>/dev/null || true
# a killed program lets go of its locks when it comes to its end
for lock in ckpt/lock ckpt/bronze/incremental/*/medal/lock; do flock $lock true; done
NOW=2015-05-21-0010 ./pipeline.sh
same "daily: 10299 requests, 1 malformed; incremental: 9989 requests, 1 malformed"
[ ! -e bronze/incremental/2015-05-21-0010 ] || fail "the killed run was not finished under its own name"

echo "one file more costs as that file"
tables >before
mv last.log logs/incremental/access-0999.log
export NOW=2015-05-21-0930
if command -v strace >/dev/null; then
	strace -f -qq -e trace=openat,open -o opened ./pipeline.sh >/dev/null
	[ "$(grep -o 'logs/incremental/[a-z]*-[0-9]*\.log' opened | sort -u)" = logs/incremental/access-0999.log ] ||
		fail "other logs than the new one were opened"
	! grep -q "$PWD/bronze/incremental/2015-05-21-0000.*part-" opened || fail "tables of the earlier run were read"
else
	./pipeline.sh >/dev/null
fi
[ "$(medal-checkpoint show --json --last 1 ckpt/bronze/incremental/access | jq -r '.stages[0].in')" = 10 ] ||
	fail "more was read than the 10 lines of the new file"
same "daily: 10299 requests, 1 malformed; incremental: 9999 requests, 1 malformed"
[ -z "$(tables | comm -23 before - | grep -v quarantine)" ] || fail "tables of the earlier run were touched"

echo "scheduled: silent, and never twice at once"
[ -z "$(./pipeline.sh scheduled 2>&1)" ] || fail "it said something"
(
	flock 9
	[ "$(status ./pipeline.sh scheduled 2>/dev/null)" = "status 75" ] || fail "it ran twice at once"
) 9>ckpt/lock

echo "full: everything again gives the same counts"
./pipeline.sh full
same "daily: 10299 requests, 1 malformed; incremental: 9999 requests, 1 malformed"
for c in $(find ckpt -name commits); do
	medal-checkpoint verify --tables "${c%/commits}" >verify.log || fail "${c%/commits}: $(cat verify.log)"
done
