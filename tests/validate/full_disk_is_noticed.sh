# SPDX-License-Identifier: MIT
printf '{"a":1}\n' >in
medal-validate --schema 'a INT' <in >/dev/full
echo $?
medal-transform 'SELECT a' <in >/dev/full
echo $?
medal-validate --schema 'a INT' --event-log /dev/full <in >/dev/null
echo $?
