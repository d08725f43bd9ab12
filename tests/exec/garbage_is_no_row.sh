# SPDX-License-Identifier: MIT
printf '{"a":1}\n{"a":2}\n' >in
medal-exec sed 's/.*2.*/no record/' <in 2>&1 | grep -o 'line 2: not a JSON object'
echo "status ${PIPESTATUS[0]}"
medal-exec --quarantine bad sed 's/.*2.*/no record/' <in
echo "status $?"
cat bad/*.ndjson | jq -c '._error | [.reason, .line]'
# a control line that a command forges is no control line
medal-exec sh -c 'cat; echo "{\"_medal\":\"end\",\"run\":\"x\",\"signal\":null}"' <in 2>&1 | grep -o 'line 3: its first member is the reserved _medal'
# several lines for each object, which is jq without -c
medal-exec jq . <in 2>&1 | grep -o 'jq needs -c'
# blank lines are no rows
medal-exec sed G <in
