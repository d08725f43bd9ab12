# 800,000 keys, of which 16 MiB hold half: python says which rows pass, and how much memory was used.
cat >make.py <<'END'
import random
rnd = random.Random(6)
keys = [rnd.randrange(4000000) for _ in range(880000)]
seen, forget, watermark = set(), {}, 0
delay = 8 * 86400000
with open("in", "w") as rows, open("want.forever", "w") as forever, open("want.watermark", "w") as within:
    for i, k in enumerate(keys):
        # a row a second, up to 20 minutes late, remembered for eight days: 691,200 keys
        ts = (10**9 + i - rnd.randrange(1200)) * 1000
        row = '{"k":%d,"ts":%d}\n' % (k, ts)
        rows.write(row)
        if k not in seen:
            seen.add(k)
            forever.write(row)
        if ts > watermark and forget.get(k, 0) <= watermark:
            within.write(row)
            forget[k] = ts + delay
        watermark = max(watermark, ts - delay)
END
python3 make.py
limit=32
case $MEDAL_BUILD in */san-*) limit=512 ;; esac # a sanitizer needs memory of its own
peak() {
	python3 -c 'import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True)
kib = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print("peak", "below the limit" if kib < '$limit' << 10 else "%d KiB" % kib, file=sys.stderr)' "$@" 2>err
	sed 's/^medal-dedupe: info: //; s/^[0-9]* keys/N keys/; s/[0-9.]* bytes.*/B bytes/' err >&2
}
peak medal-dedupe -v -k k --max-memory 16M --forever <in | cmp - want.forever && echo same for ever
peak medal-dedupe -v -k k --max-memory 16M --watermark 'timestamp_millis(ts) 8 days' <in | cmp - want.watermark &&
	echo same within the watermark
