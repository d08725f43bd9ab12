# SPDX-License-Identifier: MIT
# Each expression of tests/spark/func_*.golden has the value, or fails with the error class, that Spark 4.1 gave.
. "$MEDAL_TESTS/lib.sh"
cat "$MEDAL_TESTS"/spark/func_*.golden >all
while IFS=$(printf '\t') read -r expr want; do
	got=$(echo '{}' | medal-transform "SELECT $expr AS x" 2>err) || got="!$(cat err)"
	case $want in
	'!?') case $got in '!'*) continue ;; esac ;;
	'!'*) class=${want#!} class=${class%%.*}
		case $got in '!'*"[$class"*) continue ;; esac ;;
	*) [ "$got" = "{\"x\":$want}" ] && continue
		[ "$got" = "{\"x\":\"$want\"}" ] && continue ;;
	esac
	printf '%s: Spark %s, here %s\n' "$expr" "$want" "$got"
done <all
echo done
