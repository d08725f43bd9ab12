# The bug: a run that was killed after its --final epoch could not be repeated, and one killed within it closed twice.
echo '{"a":1}' >raw.ndjson
run() {
	medal-ingest --checkpoint ckpt --final raw.ndjson | medal-write t | medal-checkpoint commit
}
set -o pipefail
run
run
# As if the tail had been killed before it decided on the last epoch.
rm ckpt/commits/1 ckpt/medal/ledger/1 t/_spark_metadata/1
run
medal-checkpoint show --json --last 0 ckpt | jq -c '[.epoch, .final]'
echo '{"a":2}' >new.ndjson
medal-ingest --checkpoint ckpt --final raw.ndjson new.ndjson 2>/dev/null | medal-write t | medal-checkpoint commit
echo "status $?"
