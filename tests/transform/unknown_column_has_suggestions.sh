# SPDX-License-Identifier: MIT
. "$MEDAL_TESTS/lib.sh"
status medal-transform --schema 'userId BIGINT, level STRING' 'SELECT usrId FROM x' </dev/null
