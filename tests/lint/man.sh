# SPDX-License-Identifier: MIT
#
# The pages say what the programs do: mandoc has no complaint, the options are those of --list-options, SYNOPSIS is
# the usage of --help, and each example prints what the page shows (man_examples.py).
. tests/lib.sh
need mandoc
failed=0
bad() {
	echo "$*"
	failed=1
}
# words: one line, single blanks, none round a bar
words() {
	tr -s ' \n\t' '   ' | sed 's/^ //; s/ $//; s/ *| */|/g'
}

for page in man/*.[157]; do
	[ -e "$page" ] || continue
	# Sources have 110 columns; RECORDS is meant; which other pages a machine has is its own affair, not so ours.
	mandoc -Tlint -Wstyle "$page" 2>/dev/null |
		grep -vE 'referenced manual not found|longer than 80 bytes|Sh RECORDS instead of' | grep . && failed=1
	for x in $(awk '$1 == ".Xr" && $2 ~ /^medal/ { print $2 "." $3 }' "$page" | sort -u); do
		[ -e "man/$x" ] || bad "$page: refers to man/$x, which does not exist"
	done

	c=$(basename "$page" .1)
	[ -x "$MEDAL_BUILD/bin/$c" ] || continue
	grep -q '^\.Sh EXAMPLES' "$page" || bad "$page: no EXAMPLES"
	grep -q '^\.Sh EXIT STATUS' "$page" || bad "$page: no EXIT STATUS"
	"$c" --list-options | awk -F'\t' '{ print $1 " " $2 " " $3 }' | sort >"$TMPDIR/has"
	sed -n '/^\.Sh OPTIONS/,/^\.Sh /p; /^\.Sh DESCRIPTION/,/^\.Sh /p' "$page" | awk '
	/^\.It Fl / {
		long = letter = arg = ""
		for (i = 2; i <= NF; i++) {
			if ($i == "Fl" && $(i + 1) ~ /^-/) long = "-" $(++i)
			else if ($i == "Fl") letter = "-" $(++i)
			else if ($i == "Ar") { arg = ""; while (++i <= NF && $i != ",") arg = arg (arg == "" ? "" : " ") $i }
		}
		gsub(/"/, "", arg)
		print long " " letter " " arg
	}' | sort -u >"$TMPDIR/shows"
	diff -u --label "$c --list-options" --label "$page, .It Fl" "$TMPDIR/has" "$TMPDIR/shows" || failed=1

	usage=$("$c" --help | sed -n '1s/^Usage: //p; 1d; /^ /!q; p' | words)
	synopsis=$(mandoc -Tascii -O width=200 "$page" | sed "s,.\x08,,g" | sed -n '/^SYNOPSIS/,/^[A-Z]/p' | sed '1d; /^[A-Z]/d' | words)
	[ "$usage" = "$synopsis" ] || bad "$page: SYNOPSIS and usage differ:
 page   $synopsis
 --help $usage"
done
python tests/lint/man_examples.py man/*.[157] || failed=1
exit $failed
