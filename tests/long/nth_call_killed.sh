# SPDX-License-Identifier: MIT
# Every N of fault/nth_call_killed.
export STEP=1
. "$MEDAL_TESTS/fault/nth_call_killed.sh"
