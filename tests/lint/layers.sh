# SPDX-License-Identifier: MIT
#
# Who may include whom: base < json < sql < stream < state < net < table < {source|op|sink} < cmd.
# A file includes its own folder and folders to the left; source, op and sink never one another.
grep -rn '^#include "' lib cmd --include='*.[ch]' | awk -F'[:"]' '
BEGIN {
	n = split("base json sql stream state net table source op sink cmd", names, " ")
	for (i = 1; i <= n; i++) rank[names[i]] = i > 7 && i < 11 ? 8 : i
}
{
	split($1, file, "/"); own = file[1] == "cmd" ? "cmd" : file[2]
	split($4, path, "/"); other = path[1]
	if (!(own in rank)) bad = "lib/" own " is no layer"
	else if (!(other in rank) || other == "cmd") bad = "is not included by its path from lib"
	else if (rank[other] > rank[own]) bad = own " may not include " other
	else if (rank[other] == 8 && own != other && rank[own] == 8) bad = own " may not include " other
	else next
	print $1 ":" $2 ": \"" $4 "\": " bad; failed = 1
}
END { exit failed }'
