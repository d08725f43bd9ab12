# SPDX-License-Identifier: MIT
printf '{"a":1}\n{"a":2}\nno record\n{"a":3}\n' >in
medal-exec jq -c .a=0 <in 2>err
echo "status $?"
grep -o 'line 3 of the input is not a JSON object' err
medal-exec --quarantine bad jq -c .a=0 <in
jq -c '._error | [.reason, .line]' bad/*.ndjson
echo '{"a":1}' | medal-exec cat >/dev/full 2>err
echo "status $?"
