# The bug: without a checkpoint medal-write ended (75) while it waited, when its empty output had no reader.
set -o pipefail
{
	sleep 0.3
	echo '{"a":1}'
} | medal-write t | true
echo "status $?"
cat t/part-0-0.ndjson
