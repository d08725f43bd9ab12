# End of input without 'end' is a death: 75, and what stands is named. No begin line at all is 2. Records and a control
# line out of turn are refused.
run=0123456789abcdef0123456789abcdef
medal-checkpoint commit </dev/null
echo "nothing: $?"
echo '{"a":1}' | medal-checkpoint commit
echo "a record: $?"
echo "{\"_medal\":\"end\",\"run\":\"$run\",\"signal\":null}" | medal-checkpoint commit
echo "end alone: $?"
echo "{\"_medal\":\"barrier\",\"run\":\"$run\",\"epoch\":\"0\",\"watermark_ms\":\"0\",\"stages\":[]}" | medal-checkpoint commit
echo "barrier alone: $?"
echo '{"_medal":"abort","run":"","stage":"ingest","status":75,"message":"broker away"}' | medal-checkpoint commit
echo "abort alone: $?"
# a stream that is cut behind its first epoch: every program says so
mkdir in
echo '{"a":1}' >in/1.json
echo '{"a":2}' >in/2.json
medal-ingest --checkpoint ck --max-files 1 --commit-timeout 1s in 2>/dev/null |
	awk '{ print; fflush() } /"barrier"/ { exit }' | medal-write t | medal-checkpoint commit
echo "cut: ${PIPESTATUS[2]} ${PIPESTATUS[3]}"
ls ck/commits
medal-ingest --checkpoint ck --max-files 1 in | medal-write t | medal-checkpoint commit
echo "again: ${PIPESTATUS[*]}"
cat t/part-*
