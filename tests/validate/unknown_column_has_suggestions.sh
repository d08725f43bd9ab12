# SPDX-License-Identifier: MIT
. "$MEDAL_TESTS/lib.sh"
status medal-validate --schema 'userId BIGINT, level STRING, CONSTRAINT x EXPECT (usrId > 0)'
