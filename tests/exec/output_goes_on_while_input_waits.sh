# SPDX-License-Identifier: MIT
# The second record is sent only after the first has come out.
. "$MEDAL_TESTS/lib.sh"
mkfifo to from
medal-exec grep --line-buffered a <to >from &
exec 3>to 4<from
echo '{"a":1}' >&3
read -r -t 300 line <&4 && echo "first: $line"
echo '{"a":2}' >&3
read -r -t 300 line <&4 && echo "second: $line"
exec 3>&-
cat <&4
wait $!
echo "status $?"
