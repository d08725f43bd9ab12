# SPDX-License-Identifier: MIT
# A shell, ssh or node leaves O_NONBLOCK on the pipes that it gives: each program waits where it would have blocked, and
# gives the same bytes. The reader begins late, when the pipe is full, and the writer makes pauses.
. "$MEDAL_TESTS/lib.sh"
shim=$MEDAL_BUILD/test/odd_calls.so
[ -e "$shim" ] || skip "odd_calls.so is not built"
medal-simulate music --rows 12000 --users 300 --seed 3 >rows
cat >t.sql <<'SQL'
CREATE STREAMING TABLE t (ts BIGINT NOT NULL, userId BIGINT, duration DOUBLE, city STRING,
  CONSTRAINT real EXPECT (duration > 200) ON VIOLATION DROP ROW) AS SELECT * FROM STREAM(s);
SQL
mkdir in
split -l 100 -d -a 3 --additional-suffix=.ndjson rows in/
medal-ingest --checkpoint ck --max-files 1 in | medal-write t | medal-checkpoint commit
slowly() { for ((i = 0; i < 4; i++)); do tail -c +$((i * 700000 + 1)) rows | head -c 700000; sleep 0.1; done; tail -c +2800001 rows; }
one() {
	"$@" <rows >want 2>err || fail "$1: $(cat err)"
	slowly | MEDAL_ODD_PIPES=1 LD_PRELOAD=$shim "$@" 2>err | { sleep 0.3; cat >got; }
	local status=${PIPESTATUS[1]}
	[ "$status" = 0 ] && cmp want got && [ -s want ] && echo "$1${2:+ }${2%%[ /=]*}" || echo "$*: status $status: $(cat err)"
}
one medal-simulate music --rows 12000 --seed 3
one medal-ingest -
one medal-validate t.sql
one medal-transform 'SELECT *, upper(city) AS place'
one medal-dedupe -k ts,userId --forever
one medal-aggregate -q --output-mode complete --schema t.sql 'SELECT ts, userId, count(*) AS n, max(city) AS city GROUP BY ts, userId'
one medal-exec cat
one medal-checkpoint show --json --last 0 ck
one medal-checkpoint replay --epoch 100 ck
one medal-checkpoint verify --tables ck
slowly | MEDAL_ODD_PIPES=1 LD_PRELOAD=$shim medal-write w && cat w/part-* | cmp - rows && echo medal-write
