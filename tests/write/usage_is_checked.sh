# SPDX-License-Identifier: MIT
. "$MEDAL_TESTS/lib.sh"
status medal-write delta:x
status medal-write --guard-formulas t
status medal-write --partition-by a,a t
status medal-write --level 3 t
ls -A
