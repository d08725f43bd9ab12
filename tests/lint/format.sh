# SPDX-License-Identifier: MIT
#
# Spacing is what clang-format 14 prints (other versions differ): make format.
clang-format --version 2>/dev/null | grep -q 'version 14\.' || {
	echo "no clang-format 14 here" >&2
	exit 77
}
find lib cmd tests -name '*.[ch]' -not -path '*/data/*' -exec clang-format --dry-run -Werror {} + 2>&1 |
	sed -n 's/^\([^ :]*\):\([0-9]*\):.*error.*/\1:\2: spacing: make format/p' | awk -F: '!seen[$1]++ { print; n++ } END { exit n > 0 }'
