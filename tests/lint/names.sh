# SPDX-License-Identifier: MIT
#
# A command has cmd/medal-x.c, a word in the Makefile, man/medal-x.1, tests in tests/x/ and a row in the README's
# flow table. File names are unique, symbols begin with mdl_, and what README.md and lib/README.md name exists.
failed=0
bad() {
	echo "$*"
	failed=1
}

commands=$(sed -n 's/^COMMANDS = //p' Makefile)
for c in $commands; do
	[ -e "cmd/medal-$c.c" ] || continue
	[ -e "man/medal-$c.1" ] || bad "medal-$c has no page man/medal-$c.1"
	ls tests/"$c"/*.sh >/dev/null 2>&1 || bad "medal-$c has no test in tests/$c/"
	grep -q "^| *\`medal-$c\`" README.md || bad "medal-$c has no row in the flow table of README.md"
done
for f in cmd/*.c; do
	c=${f#cmd/medal-}
	[ -e "$f" ] && case " $commands " in
	*" ${c%.c} "*) ;;
	*) bad "$f is not among the COMMANDS of the Makefile" ;;
	esac
done
for f in man/medal-*.1; do
	c=${f#man/medal-}
	[ ! -e "$f" ] || [ -e "cmd/medal-${c%.1}.c" ] || bad "$f describes no program"
done

# One name, one file: git ls-files '*name*' answers.
twice=$(find lib cmd man tests/unit tests/fuzz tests/fault -maxdepth 2 -name '*.*' -type f ! -name README.md 2>/dev/null |
	sed 's!.*/!!' | sort | uniq -d)
[ -z "$twice" ] || bad "these names are given twice: $twice"

# module NAME: the longest module that it is or begins with (parse_expr belongs to parse).
module() {
	local m=$1
	until [ -n "$(find lib cmd -name "$m.[ch]" -o -name "${m}_*.[ch]" -o -name "medal-$m.c")" ]; do
		case $m in
		*_*) m=${m%_*} ;;
		*) return 1 ;;
		esac
	done
}
for f in tests/unit/test_*.c tests/fuzz/fuzz_*.c; do
	[ -e "$f" ] || continue
	m=$(basename "$f" .c)
	module "${m#*_}" || bad "$f is named after no module"
done

# A symbol is mdl_<its file>_<verb>, or at least ours.
if [ -e "$MEDAL_BUILD/libmedal.a" ]; then
	strange=$(nm -g --defined-only "$MEDAL_BUILD/libmedal.a" 2>/dev/null | awk 'NF == 3 && $3 !~ /^(mdl_|__(odr_)?asan|__gcov|__llvm|__prof)/ { print $3 }')
	[ -z "$strange" ] || bad "these symbols do not begin with mdl_:" $strange
fi

# The files that the table of words names, and the map of the library.
for f in $(sed -n '/^## Words/,/^## /p' README.md | grep -o '`[a-z]*/[A-Za-z0-9_./-]*`' | tr -d '`'); do
	[ -e "$f" ] || bad "README.md: $f does not exist"
done
# The map names each module, or says scan_* for what belongs to scan.
grep -oE '[a-z0-9_]+(_\*)?' lib/README.md | sort -u >"$TMPDIR/mapped"
for m in $(find lib -name '*.[ch]' | sed 's!.*/!!; s!\..$!!' | sort -u); do
	grep -qx "$m" "$TMPDIR/mapped" && continue
	p=$m
	while [ "$p" != "${p%_*}" ]; do
		p=${p%_*}
		grep -qxF "${p}_*" "$TMPDIR/mapped" && continue 2
	done
	echo "lib/README.md does not name the module $m"
done >"$TMPDIR/modules"
if [ -s "$TMPDIR/modules" ]; then
	cat "$TMPDIR/modules"
	failed=1
fi
exit $failed
