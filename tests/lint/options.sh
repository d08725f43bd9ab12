# SPDX-License-Identifier: MIT
#
# What every program does in the same way: --help, --version, unknown options, an output that cannot be written.
failed=0
bad() {
	echo "medal-$c: $*"
	failed=1
}
version=$(sed -n 's/^VERSION = //p' Makefile)
commands=$(sed -n 's/^COMMANDS = //p' Makefile)
cd "$TMPDIR" || exit 1

# one WORDS...: runs the program and notes status, out and err.
one() {
	"medal-$c" "$@" >out 2>err </dev/null
	status=$?
}

for c in $commands; do
	[ -x "$MEDAL_BUILD/bin/medal-$c" ] || continue
	for o in --help -h; do
		one $o
		[ $status = 0 ] && [ ! -s err ] || bad "$o: status $status, $(cat err)"
	done
	head -n 1 out | grep -q "^Usage: medal-$c" || bad "--help does not begin with its usage"
	[ "$(tail -n 1 out)" = "See medal-$c(1)." ] || bad "--help does not end with its page"
	awk 'length > 110 { print; bad = 1 } END { exit bad }' out || bad "--help has lines of more than 110 columns"

	one --version
	[ "$status $(cat out)" = "0 medal-$c $version" ] || bad "--version: status $status, '$(cat out)'"

	one --no-such-option
	[ $status = 2 ] && [ ! -s out ] || bad "an unknown option: status $status in place of 2"
	[ "$(cat err)" = "medal-$c: error: unknown option '--no-such-option'; try 'medal-$c --help'" ] ||
		bad "an unknown option: $(cat err)"

	for o in --help --version --list-options; do
		"medal-$c" $o >/dev/full 2>err
		status=$?
		[ $status = 75 ] || bad "$o >/dev/full: status $status in place of 75"
		grep -q '^medal-.*: error: .*No space left' err || bad "$o >/dev/full: $(cat err)"
		"medal-$c" $o >&- 2>err
		[ $? != 0 ] || bad "$o >&- succeeds"
	done

	one --list-options
	awk -F'\t' 'NF != 4 || $1 !~ /^--[a-z][a-z0-9-]*$/ || $2 !~ /^(-[A-Za-z0-9])?$/ || $4 == "" || seen[$1]++ || ($2 != "" && seen[$2]++) {
		print "bad line of --list-options: " $0; bad = 1 } END { exit bad }' out || bad "--list-options"
	# The list of processes is everybody's to read: a secret comes from a file or the environment.
	grep -iE 'passw|secret|token|credential' out | awk -F'\t' '$3 != "" && $3 !~ /FILE/' | grep . &&
		bad "takes a secret as an argument"
	rm -f out err
	[ -z "$(ls -A)" ] || bad "left files behind: $(ls -A)"
done
exit $failed
