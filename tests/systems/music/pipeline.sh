#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Events of a music service through bronze, silver and gold. README.md has the story.
#
#   ./pipeline.sh          take what is new in raw/
#   ./pipeline.sh final    the same, and close all windows: nothing may come after it
#   ./pipeline.sh batch    make sessions and plays_per_minute once more in one go, in batch/, for comparison
#   ./pipeline.sh follow   all hops at once, for as long as it takes: SIGTERM or Ctrl-C ends them
#
#   raw/TYPE*.ndjson -> bronze/TYPE -> silver/{listens,sessions} -> gold/{plays_per_minute,plays_per_song,...}
#
# Killed at any point: run it again. FILES=N limits an epoch to N files (default 4). With BROKERS=HOST:PORT the events
# come from the topics TYPE, raw/TYPE are tables, and the minutes go to the topic plays_per_minute, too.
set -e -o pipefail
cd "$(dirname "$0")"
final=
follow=
types="listen_events page_view_events auth_events status_change_events"

# ingest CHECKPOINT ARGUMENT...
ingest() {
	local checkpoint=$1
	shift
	# the hop before may not have shown anything yet
	until [ -z "$follow" ] || [ -e "${*: -1}" ] || [ -e ckpt/stop ]; do sleep 0.2; done
	medal-ingest --checkpoint "ckpt/$checkpoint" $follow --max-files "${FILES:-4}" "$@"
}

# from_topic TYPE: every record as it came; what is no JSON object is a _corrupt_record for now
from_topic() {
	medal-ingest --checkpoint "ckpt/raw/$1" $follow -b "$BROKERS" -t "$1" |
		medal-write "raw/$1" |
		medal-checkpoint commit
}

# bronze TYPE: valid rows, each once. What is not valid is in quarantine/TYPE, copies are in duplicates/TYPE.
bronze() {
	local from=(--path-glob "$1*" raw)
	[ -z "$BROKERS" ] || from=("raw/$1")
	ingest "bronze/$1" --quarantine "quarantine/$1" "${from[@]}" |
		medal-validate "bronze.sql:$1" |
		medal-dedupe -k userId,sessionId,itemInSession,ts --watermark 'timestamp_millis(ts) 1 day' \
			--duplicates "duplicates/$1" |
		medal-write "bronze/$1" |
		medal-checkpoint commit
}

# rows FROM SCHEMA TABLE: row by row, the SELECT of TABLE in silver.sql
rows() {
	ingest "silver/$3" "$1" |
		medal-transform --schema "$2" -f "silver.sql:$3" |
		medal-write "silver/$3" |
		medal-checkpoint commit
}

# windows FROM SCHEMA TIER TABLE: rows of windows that are complete. Those that came too late for theirs are in late/TABLE.
windows() {
	ingest "$3/$4" $final "$1" |
		medal-aggregate --schema "$2" -f "$3.sql:$4" --late "late/$4" |
		medal-write "$3/$4" |
		medal-checkpoint commit
}

# view TABLE: counted anew from all of silver/listens
view() {
	medal-ingest silver/listens |
		medal-aggregate -q --schema silver.sql:listens -f "gold.sql:$1" |
		medal-write --mode overwrite "gold/$1"
}

# to_topic TABLE: gold as a topic, each row once for readers of committed records
to_topic() {
	ingest "topic/$1" "gold/$1" |
		medal-write -b "$BROKERS" --key level "kafka:$1" |
		medal-checkpoint commit
}

# hops RUNNER: each hop by it, in flow order
hops() {
	local t
	for t in ${BROKERS:+$types}; do
		$1 from_topic $t
	done
	for t in $types; do
		$1 bronze $t
	done
	$1 rows bronze/listen_events bronze.sql:listen_events listens
	$1 windows bronze/page_view_events bronze.sql:page_view_events silver sessions
	$1 windows silver/listens silver.sql:listens gold plays_per_minute
	[ -z "$BROKERS" ] || $1 to_topic plays_per_minute
}

# keep HOP...: in the background, and again when it was killed or a broker was away, until there is ckpt/stop
keep() {
	(
		trap : TERM INT # not before the hop has ended
		until "$@" || [ -e ckpt/stop ]; do sleep 0.5; done
	) &
}

follow() {
	mkdir -p ckpt
	rm -f ckpt/stop
	# the sources end their epoch and the stream, the other programs wait for that
	trap ': >ckpt/stop; trap "" TERM INT; kill -TERM 0' TERM INT
	follow="--follow --trigger ${TRIGGER:-500ms}"
	hops keep
	until [ -e ckpt/stop ]; do wait -n || true; done
	wait
}

stream() {
	local t
	hops ""
	for t in plays_per_song plays_per_city active_users; do
		view $t
	done
}

# at_once FROM SCHEMA TIER TABLE: the same SQL without a checkpoint, over all rows but those that the stream found late
at_once() {
	medal-ingest "late/$4" >batch/late.rows
	medal-ingest "$1" |
		awk 'late { gone[$0]; next } !($0 in gone)' late=1 batch/late.rows late= - |
		medal-aggregate --output-mode complete --schema "$2" -f "$3.sql:$4" |
		medal-write --mode overwrite "batch/$4"
}

batch() {
	mkdir -p batch
	at_once bronze/page_view_events bronze.sql:page_view_events silver sessions
	at_once silver/listens silver.sql:listens gold plays_per_minute
}

case ${1:-stream} in
stream) stream ;;
follow) follow ;;
final) final=--final && stream ;;
batch) batch ;;
*) echo "usage: pipeline.sh [final|batch|follow]" >&2; exit 2 ;;
esac
