# SPDX-License-Identifier: MIT
# Every N of fault/memory_is_refused.
export STEP=1 START=1
. "$MEDAL_TESTS/fault/memory_is_refused.sh"
