# SPDX-License-Identifier: MIT
# kill -9 of the exec stage, of its command and of the sink in the middle, and again: the table is that of one run.
. "$MEDAL_TESTS/lib.sh"
mkdir in
for i in $(seq 12); do
	seq -f "{\"file\":$i,\"n\":%.0f}" 5000 >in/$i.ndjson
done
run() {
	medal-ingest --checkpoint ck --max-files 1 in | medal-exec sh -c 'sleep 0.05; grep -v 7 | jq -c ".n *= 2"' |
		medal-write out | medal-checkpoint commit
}
for victim in medal-exec sh medal-write medal-exec; do
	(
		set +m
		run & pipeline=$!
		sleep 0.3
		# processes of this test only: those that work in its folder
		for p in $(pgrep -x "$victim"); do
			[ "$(readlink /proc/$p/cwd)" = "$PWD" ] && [ "$p" != $pipeline ] && [ "$p" != $BASHPID ] && kill -9 "$p"
		done
		wait $pipeline
	) >/dev/null 2>&1
done
run
echo "${PIPESTATUS[*]}"
cat out/part-*.ndjson | sort >got
cat in/*.ndjson | grep -v 7 | jq -c '.n *= 2' | sort | cmp - got && echo equal
