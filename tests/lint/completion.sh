# SPDX-License-Identifier: MIT
#
# Completion offers each program's options, all of them, and completes folders where an option wants one.
. man/medal.bash || exit 1
failed=0
for p in "$MEDAL_BUILD"/bin/medal-*; do
	[ -x "$p" ] || continue
	c=${p##*/}
	complete -p "$c" 2>/dev/null | grep -q -- '-F _medal' || { echo "$c has no completion"; failed=1; }
	COMPREPLY=()
	_medal "$c" -- "$c"
	[ "$(printf '%s\n' "${COMPREPLY[@]}" | sort)" = "$("$c" --list-options | cut -f 1 | sort)" ] ||
		{ echo "$c --<TAB> offers: ${COMPREPLY[*]}"; failed=1; }
	_medal "$c" --vers "$c"
	[ "${COMPREPLY[*]}" = --version ] || { echo "$c --vers<TAB> offers: ${COMPREPLY[*]}"; failed=1; }
	o=$("$c" --list-options | awk -F'\t' '$3 == "DIR" { print $1; exit }')
	[ -n "$o" ] || continue
	_medal "$c" les "$o"
	[ "${COMPREPLY[*]}" = "" ] || { echo "$c $o les<TAB> offers: ${COMPREPLY[*]}"; failed=1; }
	_medal "$c" li "$o"
	[ "${COMPREPLY[*]}" = lib ] || { echo "$c $o li<TAB> offers: ${COMPREPLY[*]}"; failed=1; }
done
exit $failed
