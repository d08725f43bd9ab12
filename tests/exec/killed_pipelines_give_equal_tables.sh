# SPDX-License-Identifier: MIT
# kill -9 of the exec stage, of its command and of the sink in the middle, and again: the table is that of one run.
. "$MEDAL_TESTS/lib.sh"
mkdir in
for i in $(seq 12); do
	seq -f "{\"file\":$i,\"n\":%.0f}" 5000 >in/$i.ndjson
done
# In the third epoch of a run, counted in `begun`, the command stays until it may go on: so there is whom to kill.
cat >filter.sh <<'F'
echo >>begun
while [ -e hold ] && [ "$(wc -l <begun)" -ge "$(cat hold)" ]; do sleep 0.02; done
grep -v 7 | jq -c ".n *= 2"
F
: >begun
run() {
	medal-ingest --checkpoint ck --max-files 1 in | medal-exec sh filter.sh |
		medal-write out | medal-checkpoint commit
}
held() { [ "$(wc -l <begun)" -ge "$(cat hold)" ]; }
for victim in medal-exec sh medal-write medal-exec; do
	echo $(($(wc -l <begun) + 3)) >hold
	(
		set +m
		run & pipeline=$!
		wait_until 300 held
		# processes of this test only: those that work in its folder
		for p in $(pgrep -x "$victim"); do
			[ "$(readlink /proc/$p/cwd)" = "$PWD" ] && [ "$p" != $pipeline ] && [ "$p" != $BASHPID ] && kill -9 "$p" && echo >>killed
		done
		rm hold
		wait $pipeline
	) >/dev/null 2>&1
done
run
echo "${PIPESTATUS[*]}"
[ "$(wc -l <killed)" -ge 4 ] || echo "only $(wc -l <killed) were killed"
cat out/part-*.ndjson | sort >got
cat in/*.ndjson | grep -v 7 | jq -c '.n *= 2' | sort | cmp - got && echo equal
