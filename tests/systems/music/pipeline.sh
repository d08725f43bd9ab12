#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Events of a music service through bronze, silver and gold. README.md has the story.
#
#   ./pipeline.sh          take what is new in raw/
#   ./pipeline.sh final    the same, and close all windows: nothing may come after it
#   ./pipeline.sh batch    make sessions and plays_per_minute once more in one go, in batch/, for comparison
#
#   raw/TYPE*.ndjson -> bronze/TYPE -> silver/{listens,sessions} -> gold/{plays_per_minute,plays_per_song,...}
#
# Killed at any point: run it again. FILES=N limits an epoch to N files (default 4).
set -e -o pipefail
cd "$(dirname "$0")"
final=

# ingest CHECKPOINT ARGUMENT...
ingest() {
	local checkpoint=$1
	shift
	medal-ingest --checkpoint "ckpt/$checkpoint" --max-files "${FILES:-4}" "$@"
}

# bronze TYPE: valid rows, each once. What is not valid is in quarantine/TYPE, copies are in duplicates/TYPE.
bronze() {
	ingest "bronze/$1" --quarantine "quarantine/$1" --path-glob "$1*" raw |
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

stream() {
	local t
	for t in listen_events page_view_events auth_events status_change_events; do
		bronze $t
	done
	rows bronze/listen_events bronze.sql:listen_events listens
	windows bronze/page_view_events bronze.sql:page_view_events silver sessions
	windows silver/listens silver.sql:listens gold plays_per_minute
	for t in plays_per_song plays_per_city active_users; do
		view $t
	done
}

# at_once FROM SCHEMA TIER TABLE: the same SQL without a checkpoint, over all rows but those that the stream found late
at_once() {
	medal-ingest "late/$4" >batch/late.rows
	medal-ingest "$1" |
		awk 'NR == FNR { late[$0]; next } !($0 in late)' batch/late.rows - |
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
final) final=--final && stream ;;
batch) batch ;;
*) echo "usage: pipeline.sh [final|batch]" >&2; exit 2 ;;
esac
