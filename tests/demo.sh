#!/bin/bash
# SPDX-License-Identifier: MIT
#
# make demo: simulated music events through raw, bronze and gold; the same again, killed with kill -9 in the middle and
# started again; then both are compared. Everything happens in a folder of its own that is removed at the end
# (MEDAL_DEMO=DIR keeps it there).
set -o pipefail
top=$(cd "$(dirname "$0")/.." && pwd)
rows=200000
files=40

bold= plain=
[ ! -t 1 ] || bold=$'\033[1m' plain=$'\033[0m'
say() { printf '\n%s\n' "$bold$*$plain"; }
fail() {
	echo "demo: $*" >&2
	exit 1
}
show() { echo "$ $*"; }

dir=${MEDAL_DEMO:-$(mktemp -d)}
[ -n "$MEDAL_DEMO" ] || trap 'rm -rf "$dir"' EXIT
mkdir -p "$dir/raw" && cd "$dir" || exit 1

cat >listen_events.sql <<'SQL'
CREATE OR REFRESH STREAMING TABLE listen_events (
  ts BIGINT NOT NULL, userId BIGINT, sessionId BIGINT, itemInSession INT, level STRING,
  artist STRING, song STRING, duration DOUBLE, city STRING, state STRING,
  CONSTRAINT has_user       EXPECT (userId IS NOT NULL)          ON VIOLATION DROP ROW,
  CONSTRAINT known_level    EXPECT (level IN ('free', 'paid'))   ON VIOLATION DROP ROW,
  CONSTRAINT sane_duration  EXPECT (duration > 0)                ON VIOLATION DROP ROW
) AS SELECT * FROM STREAM(raw.listen_events);
SQL

cat >pipeline.sh <<'SH'
# pipeline.sh DIR: raw to bronze, bronze to gold, each hop restartable on its own
set -e -o pipefail
medal-ingest --checkpoint "$1/ckpt/bronze" --quarantine "$1/quarantine" --max-files 1 raw |
medal-validate listen_events.sql |
medal-dedupe --key userId,sessionId,itemInSession,ts --watermark 'timestamp_millis(ts) 10 minutes' |
medal-write "$1/bronze/listen_events" |
medal-checkpoint commit

medal-ingest --checkpoint "$1/ckpt/gold" --final "$1/bronze/listen_events" |
medal-aggregate --schema listen_events.sql --watermark 'timestamp_millis(ts) 10 minutes' \
  "SELECT window.start AS start, level, count(*) AS plays, sum(duration) AS seconds
   GROUP BY window(timestamp_millis(ts), '30 minutes'), level" |
medal-write "$1/gold/plays" |
medal-checkpoint commit
SH

# commits DIR: how many epochs of bronze are committed
commits() {
	local n=("$1"/ckpt/bronze/commits/[0-9]*)
	[ -e "${n[0]}" ] && echo ${#n[@]} || echo 0
}

# run DIR: the pipeline with a progress line; its status
run() {
	local pid
	bash pipeline.sh "$1" &
	pid=$!
	while kill -0 $pid 2>/dev/null; do
		[ -t 1 ] && printf '\r%s: epoch %s of %s ' "$1" "$(commits "$1")" $files
		sleep 0.1
	done
	[ -t 1 ] && printf '\r%40s\r' ''
	wait $pid
}

say "1. $rows music events, with duplicates, late rows and broken lines"
show "medal-simulate music --rows $rows --duplicates 1% --late 1% --malformed 1% --seed 7"
medal-simulate music --rows $rows --duplicates 1% --late 1% --malformed 1% --seed 7 --truth truth.json |
	split -d -a 3 -l $((rows / files)) --additional-suffix=.ndjson - raw/events- || fail "the simulator failed"
head -n 1 raw/events-000.ndjson

say "2. raw to bronze to gold"
cat pipeline.sh
started=$(date +%s%N)
run undisturbed || fail "the pipeline ended with status $?"
printf '%d epochs, %.1f s\n' "$(commits undisturbed)" "$((($(date +%s%N) - started) / 1000000))e-3"

say "3. the gold table"
show medal-ingest undisturbed/gold/plays
medal-ingest undisturbed/gold/plays | sort || exit 1

say "4. the ledger: every row that came in is somewhere"
show medal-checkpoint show --summary undisturbed/ckpt/bronze
medal-checkpoint show --summary undisturbed/ckpt/bronze || exit 1
show medal-checkpoint verify --tables undisturbed/ckpt/bronze
medal-checkpoint verify --tables undisturbed/ckpt/bronze || exit 1

say "5. the same once more, killed with kill -9 in the middle"
set -m
bash pipeline.sh killed >killed.log 2>&1 &
group=$!
set +m
until [ "$(commits killed)" -ge $((files / 3)) ]; do
	kill -0 $group 2>/dev/null || fail "the pipeline was faster than the kill: $(cat killed.log)"
done
{
	kill -9 -- -$group
	wait $group
} 2>/dev/null
echo "killed after $(commits killed) of $files epochs; run again:"
run killed || fail "the pipeline ended with status $?"
echo "done: $(commits killed) epochs"

say "6. both are the same, row for row"
for table in bronze/listen_events gold/plays quarantine; do
	for d in undisturbed killed; do
		medal-ingest $d/$table | grep -v '^$' | sort >$d.rows
	done
	# A quarantined row names its file, not the run that read it.
	cmp undisturbed.rows killed.rows || fail "$table differs"
	printf '%-22s %7d rows, equal\n' $table "$(wc -l <undisturbed.rows)"
done
