# All that has a second thread, at once: zstd read and written beside the first thread, and the state of two stages merged in
# the background of 40 epochs. For ThreadSanitizer; the expected rows are python's.
. "$MEDAL_TESTS/lib.sh"
need zstd
mkdir in
python - <<'PY'
import collections, json, random, subprocess
rng, groups = random.Random(3), collections.Counter()
for epoch in range(40):
    with open(f"in/{epoch:02}.ndjson", "w") as f:
        for k in range(3000):
            new = k >= 100 or epoch == 0
            if new:
                groups[k % 50] += 1
            # the first hundred of each file stood in the file before
            row = {"id": epoch * 2900 + k, "ts": 1700000000000 + epoch * 60000, "g": k % 50, "noise": f"{rng.getrandbits(320):x}"}
            f.write(json.dumps(row) + "\n")
with open("want", "w") as f:
    f.writelines(f"{g} {n}\n" for g, n in sorted(groups.items()))
PY
zstd -q --rm in/*.ndjson
[ "$(stat -c %s in/07.ndjson.zst)" -gt 131072 ] || echo "so small that no thread is started"
medal-ingest --checkpoint silver.ck --threads 2 --max-files 1 in |
	medal-dedupe -k id --watermark 'timestamp_millis(ts) 10 minutes' |
	medal-write --compress zstd --threads 2 silver | medal-checkpoint commit
medal-ingest --checkpoint gold.ck --threads 2 --max-files 1 --final silver |
	medal-aggregate --schema 'ts BIGINT, g BIGINT' --watermark 'timestamp_millis(ts) 10 minutes' \
		'SELECT g, count(*) AS n GROUP BY g, window(timestamp_millis(ts), "1 minute")' |
	medal-write gold | medal-checkpoint commit
medal-ingest gold | jq -r '"\(.g) \(.n)"' | awk '{ n[$1] += $2 } END { for (g in n) print g, n[g] }' | sort -n | cmp - want
for stage in silver.ck/state/medal/dedupe gold.ck/state/medal/aggregate; do
	ls $stage | grep -q -e merged -e '^[1-9].*snapshot' && echo "$stage has been merged"
done
medal-checkpoint verify --tables silver.ck | grep -o 'the books balance'
medal-checkpoint verify --tables gold.ck | grep -o 'the books balance'
