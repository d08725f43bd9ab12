#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The test of this system: 60,000 events with faults, which the simulator has counted; the second half comes later, and the
# run that takes it is killed and started again.
set -e -o pipefail
. "$MEDAL_TESTS/lib.sh"
export FILES=1

medal-simulate music --rows 60000 --users 2000 --duplicates 2% --malformed 2% --late 2% --late-by 20m --seed 12 \
	--output-dir all --files 60 --truth truth.json
mkdir raw
mv all/*-000[0-2]?.ndjson raw/
./pipeline.sh

mv all/* raw/
set -m
./pipeline.sh final >killed.log 2>&1 &
set +m
wait_until 300 test -e ckpt/bronze/listen_events/commits/40
kill -9 -- -$!
wait $! 2>/dev/null || true
# a killed program lets go of its lock when it comes to its end
for c in ckpt/*/*; do flock "$c/medal/lock" true; done
[ ! -e ckpt/gold/plays_per_minute/commits/40 ] || fail "the kill came too late to show anything"
./pipeline.sh final
# and once more, though nothing is new
./pipeline.sh final

./pipeline.sh batch
python check.py
for c in ckpt/*/*; do
	medal-checkpoint verify --tables "$c" >verify.log || fail "$c: $(cat verify.log)"
done
