# SPDX-License-Identifier: MIT
# Two programs that know nothing of each other agree on which lines are wrong.
for kind in "weblog" "weblog --format error" "music --events all"; do
	medal-simulate $kind --rows 20000 --seed 5 --duplicates 3% --malformed 3% --truth truth.json >lines
	case $kind in
	weblog*) medal-ingest --format weblog - <lines >rows && want=malformed ;;
	*) medal-ingest - <lines >rows && want=malformed_by_kind.cut_off ;;
	esac
	[ "$(jq -c 'select(has("_corrupt_record"))' rows | wc -l)" = "$(jq "[.types[].$want] | add" truth.json)" ] &&
		echo "$kind: as many as the truth says"
done
