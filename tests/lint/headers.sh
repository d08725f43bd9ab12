# SPDX-License-Identifier: MIT
#
# Each header compiles alone and may be included twice, has its guard, and every function that it declares
# stands behind a comment of its own or in a commented group (at least one comment for five declarations).
failed=0
for h in $(find lib cmd -name '*.h' | sort); do
	# A template, to be included by several sources with other definitions, has neither guard nor meaning alone.
	sed 6q "$h" | grep -q 'to be included by\|including file' && continue
	p=${h#lib/}
	printf '#include "%s"\n#include "%s"\n' "$p" "$p" |
		${CC:-cc} -std=gnu11 -D_GNU_SOURCE -Ilib -Wall -Wextra -Werror -fsyntax-only -x c - || {
		echo "$h: does not compile alone"
		failed=1
	}
	guard=MDL_$(echo "${p%.h}" | tr 'a-z/' 'A-Z_')_H
	grep -q "^#ifndef $guard\$" "$h" || { echo "$h: its guard should be $guard"; failed=1; }
	awk -v h="$h" '
	/\/\*/ { comments++ }
	/^[a-z_].*[ *]mdl_[a-z0-9_]+\(/ { functions++ }
	END { if (functions > 5 * comments) { print h ": " functions " functions and " comments + 0 " comments: what do they promise?"; exit 1 } }
	' "$h" || failed=1
done
exit $failed
