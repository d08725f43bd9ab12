# SPDX-License-Identifier: MIT
#
# The runner sees what it is there to see: it is run on a small tree of tests with known results.
t=$TMPDIR/tree
mkdir -p "$t/tests/x" "$t/bin"
cp tests/run tests/lib.sh "$t/tests"
cd "$t/tests/x" || exit 1
failed=0

# case NAME SCRIPT: a case beside which other files may be put
case_() {
	printf '%s\n' "$2" >"$1.sh"
}
case_ good 'cat; echo "odd [1] thing 42" >&2; exit 3'
echo in >good.in
echo in >good.out
echo 'odd [1] thing *' >good.err
echo 3 >good.rc
case_ bad_out 'echo more'
case_ bad_err 'echo "odd 1 thing" >&2'
echo 'odd [1] thing' >bad_err.err
case_ bad_rc 'exit 1'
case_ bad_lines 'echo a >&2; echo b >&2'
echo 'a*' >bad_lines.err
case_ slow 'echo "slow: 5 s" >&2; echo a >&2'
echo a >slow.err
echo 'slow: * s' >sometimes.err
case_ no_newline 'printf x'
echo x >no_newline.out
case_ skipped '. "$MEDAL_TESTS/lib.sh"; skip "no such kernel"'
case_ unneeded '. "$MEDAL_TESTS/lib.sh"; need no-such-program-here'
case_ scratch 'touch left; ls'
echo left >scratch.out
case_ clean 'echo "$TZ $LC_ALL"; [ -z "$(ls)" ]'
echo 'UTC C' >clean.out

# expect STATUS LAST_LINE ARGUMENTS...
expect() {
	local want=$1 last=$2 got status
	shift 2
	got=$(env -u CI ${CI_VALUE:+CI=$CI_VALUE} MEDAL_BUILD="$t" "$t/tests/run" "$@" 2>&1)
	status=$?
	if [ "$status $(echo "$got" | tail -n 1)" != "$want $last" ]; then
		printf 'tests/run %s: expected %s, "%s"; got %s and\n%s\n' "$*" "$want" "$last" $status "$got"
		failed=1
	fi
}
expect 1 '4 passed, 5 failed, 2 skipped'
CI_VALUE=true expect 1 '4 passed, 6 failed, 1 skipped'
expect 0 '1 passed, 0 failed' x/good
expect 0 '2 passed, 0 failed' 'x/[gc]*'
expect 0 '1 passed, 0 failed' tests/x/scratch.sh
expect 1 '0 passed, 1 failed' x/bad_err
expect 0 '1 passed, 0 failed' x/slow
expect 1 '0 passed, 0 failed' nothing_of_this_name
expect 0 '3 passed, 0 failed' --update x/bad_out x/bad_rc x/no_newline
expect 0 '3 passed, 0 failed' x/bad_out x/bad_rc x/no_newline
[ "$(cat bad_out.out bad_rc.rc no_newline.out)" = "more
1
x" ] || { echo "--update wrote something else"; failed=1; }
exit $failed
