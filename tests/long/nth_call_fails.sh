# SPDX-License-Identifier: MIT
# Every N of fault/nth_call_fails.
export STEP=1
. "$MEDAL_TESTS/fault/nth_call_fails.sh"
