# SPDX-License-Identifier: MIT
#
# Each source begins with its licence and says what it is; nothing is left for later; files and functions keep to a
# size that is read in one go (800 and 80 lines; functions of tests may hold tables). What is larger stands in sizes.txt, a list that only shrinks.
failed=0
bad() {
	echo "$*"
	failed=1
}

for f in $(find lib cmd tests -name data -prune -o -name seeds -prune -o \( -name '*.[ch]' -o -name '*.py' \
	-o -name '*.bash' \) -print) tests/run tests/lib.sh tests/lint/*.sh man/*.bash .ci/run; do
	[ -e "$f" ] || continue
	head -n 2 "$f" | grep -q 'SPDX-License-Identifier: MIT' || bad "$f: no SPDX line"
	case $f in
	*.[ch]) sed -n 2,3p "$f" | grep -q '^ \* [^ ]' || bad "$f: no head comment that says what it is" ;;
	esac
done
later='TO''DO|FIX''ME|HA''CK' # not three X: they stand in date patterns
left=$(grep -rnwE "$later" lib cmd man tests README.md Makefile --include='*' -I --exclude-dir=data --exclude-dir=seeds)
[ -z "$left" ] || bad "$left"
blanks=$(grep -rnE '[[:blank:]]+$' lib cmd man --include='*.[ch157]' --include='*.sh' Makefile)
[ -z "$blanks" ] || bad "blanks at the end of a line: $blanks"
for f in tests/*.sh tests/*/*.sh man/*.bash .ci/run; do
	[ ! -e "$f" ] || bash -n "$f" || failed=1
done

find lib cmd tests -name '*.[ch]' -not -path '*/data/*' -exec awk '
FNR == 1 { start = 0; if (last) flush() }
function flush() { if (lines > 800) print last }
{ last = FILENAME; lines = FNR }
/^[a-z].*\(/ { name = $0; sub(/\(.*/, "", name); sub(/.*[ *]/, "", name) }
/^{/ { start = FNR }
/^}/ { if (start && FNR - start - 1 > 80 && FILENAME !~ /^tests/) print FILENAME ":" name; start = 0 }
END { flush() }' {} + | sort >"$TMPDIR/large"
grep -v '^#' tests/lint/sizes.txt | sort >"$TMPDIR/known"
for x in $(comm -23 "$TMPDIR/large" "$TMPDIR/known"); do
	bad "$x: longer than 800 lines (a file) or 80 (a function): look for the missing module"
done
for x in $(comm -13 "$TMPDIR/large" "$TMPDIR/known"); do
	bad "$x: no longer too large: take it off tests/lint/sizes.txt"
done
exit $failed
