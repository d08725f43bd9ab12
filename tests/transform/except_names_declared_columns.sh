# SPDX-License-Identifier: MIT
. "$MEDAL_TESTS/lib.sh"
medal-transform --schema 'userId BIGINT, level STRING' 'SELECT * EXCEPT (USERID, _metadata)' <<<'{"userId":1,"level": "x","_metadata":{}}'
status medal-transform --schema 'userId BIGINT, level STRING' 'SELECT * EXCEPT (usrId)' </dev/null
