# SPDX-License-Identifier: MIT
#
# Completion for all programs of medal: each is asked for its options (--list-options), so nothing here has to be
# changed when an option comes.

_medal() {
	local program=$1 cur=$2 prev=$3 list arg
	COMPREPLY=()
	list=$("$program" --list-options 2>/dev/null) || return
	arg=$(awk -F'\t' -v o="$prev" '$1 == o || $2 == o { print $3 }' <<<"$list")
	case $arg in
	'')
		if [[ $cur == -* ]]; then
			mapfile -t COMPREPLY < <(compgen -W "$(cut -f 1 <<<"$list")" -- "$cur")
		fi
		;;
	DIR | *CHECKPOINT) mapfile -t COMPREPLY < <(compgen -d -- "$cur") ;;
	*FILE* | *PATH*) mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
	esac
}

complete -o bashdefault -o default -F _medal medal-simulate medal-ingest medal-transform medal-validate \
	medal-dedupe medal-apply medal-aggregate medal-exec medal-write medal-checkpoint medal-diff
