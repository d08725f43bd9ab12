# SPDX-License-Identifier: MIT
. "$MEDAL_TESTS/lib.sh"
exec 2>&1
status medal-simulate
status medal-simulate opera
status medal-simulate music --late 1.5
status medal-simulate music --late 60% --malformed 0.5
status medal-simulate music --malformed ''
status medal-simulate music --events like
status medal-simulate sensors --events listen
status medal-simulate music --format common
status medal-simulate weblog --type-member x
status medal-simulate music --start 2024-02-30
status medal-simulate music --start yesterday
status medal-simulate music --files 3
status medal-simulate sensors --users 10000000
status medal-simulate music --rows 1 --output-dir /dev/null/x
status medal-simulate music --rows 0 --truth /nonexistent/t.json 2>&1 | sed 's/[0-9]*\.tmp/PID.tmp/'
