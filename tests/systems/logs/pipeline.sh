#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Web-server logs to tables of counts, day by day and as files arrive. README.md has the story.
#
#   ./pipeline.sh [incremental]   take what is new
#   ./pipeline.sh full            forget all tables and take everything again
#   ./pipeline.sh scheduled       incremental for cron: says nothing unless something is wrong, never runs twice at once
#
#   logs/2024-01-15/{access,error}.log   ->  {bronze,silver,gold}/daily/2024-01-15/...
#   logs/incremental/*.log               ->  {bronze,silver,gold}/incremental/2024-01-15-0930/...
#
# Killed at any point: run it again. NOW=2024-01-15-0930 names the incremental run after another time than now.
set -e -o pipefail
cd "$(dirname "$0")"
mode=${1:-incremental}

# bronze KIND TABLE CHECKPOINT INGEST-ARGUMENT...: lines that are new to CHECKPOINT become typed rows
bronze() {
	local kind=$1 table=$2 checkpoint=$3
	shift 3
	medal-ingest --checkpoint "ckpt/$checkpoint" --quarantine "quarantine/$checkpoint" --format weblog "$@" |
		medal-validate "$kind.sql:bronze_$kind" |
		medal-write "bronze/$table" |
		medal-checkpoint commit
}

# silver KIND TABLE: rows that are new in the bronze table
silver() {
	medal-ingest --checkpoint "ckpt/silver/$2" "bronze/$2" |
		medal-transform --schema "$1.sql:bronze_$1" -f "$1.sql:silver_$1" |
		medal-write "silver/$2" |
		medal-checkpoint commit
}

# gold SILVER-TABLE GOLD-TABLE SELECT: counted anew from the silver table, which is small: one day or one run
gold() {
	medal-ingest "silver/$1" | medal-aggregate --output-mode complete "$3" | medal-write --mode overwrite "gold/$2"
}

# refine FOLDER: from the bronze tables in FOLDER to silver and gold
refine() {
	if [ -d "bronze/$1/access" ]; then
		silver access "$1/access"
		gold "$1/access" "$1/by_status" \
			"SELECT status, status_class, count(*) AS requests, sum(bytes) AS bytes GROUP BY status, status_class"
		gold "$1/access" "$1/by_path" \
			"SELECT path, count(*) AS requests, sum(bytes) AS bytes,
			        count(CASE WHEN status >= 400 THEN 1 END) AS failed GROUP BY path"
		gold "$1/access" "$1/by_hour" \
			"SELECT day, hour, count(*) AS requests, count(CASE WHEN robot THEN 1 END) AS by_robots,
			        sum(bytes) AS bytes GROUP BY day, hour"
	fi
	if [ -d "bronze/$1/error" ]; then
		silver error "$1/error"
		gold "$1/error" "$1/errors" "SELECT level, code, count(*) AS errors GROUP BY level, code"
	fi
}

# daily: each day with a log that is new or has changed since the last run that ended well
daily() {
	local day kind
	touch ckpt/seen
	find logs -path 'logs/[0-9]*/*.log' -printf '%P\t%s\t%T@\n' | sort >ckpt/seen.new
	for day in $(comm -13 ckpt/seen ckpt/seen.new | cut -d/ -f1 | uniq); do
		say "day $day"
		for kind in access error; do
			[ ! -e "logs/$day/$kind.log" ] ||
				bronze $kind "daily/$day/$kind" "bronze/daily/$day/$kind" --tail "logs/$day/$kind.log"
		done
		refine "daily/$day"
	done
	mv ckpt/seen.new ckpt/seen
}

# incremental: the files of logs/incremental that no run has read make one new table, named by the time
incremental() {
	local run kind
	# A run that was killed is finished under its own name first.
	run=$(cat ckpt/unfinished 2>/dev/null || echo "${NOW:-$(date +%Y-%m-%d-%H%M)}")
	echo "$run" >ckpt/unfinished.new && mv ckpt/unfinished.new ckpt/unfinished
	for kind in access error; do
		! compgen -G "logs/incremental/$kind*.log" >/dev/null ||
			bronze $kind "incremental/$run/$kind" "bronze/incremental/$kind" --path-glob "$kind*.log" logs/incremental
	done
	if [ -d "bronze/incremental/$run" ]; then
		say "run $run"
		refine "incremental/$run"
	fi
	rm ckpt/unfinished
}

say() { [ "$mode" = scheduled ] || echo "$*"; }

mkdir -p ckpt
exec 9>ckpt/lock
flock -w 2 9 || { echo "pipeline.sh: another run is at work" >&2; exit 75; }
case $mode in
full) rm -rf bronze silver gold quarantine ckpt/bronze ckpt/silver ckpt/seen ckpt/unfinished ;;
incremental | scheduled) ;;
*) echo "usage: pipeline.sh [incremental|full|scheduled]" >&2; exit 2 ;;
esac
daily
incremental
