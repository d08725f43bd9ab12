# Cut at 30 places and with 30 bits flipped: refused each time, and nothing is left behind. A bit that says nothing in a zstd
# frame may be flipped: what is restored is then the same.
printf '{"id":1}\n{"id":2}\n' | medal-ingest --checkpoint c | medal-dedupe -k id --forever | medal-write t | medal-checkpoint commit
medal-checkpoint backup b.tar.zst c >out
medal-checkpoint restore -q b.tar.zst whole >out
for i in {1..30}; do
	for how in cut flip; do
		python3 - $i $how <<'P'
import random, sys
random.seed(sys.argv[1])
d = bytearray(open('b.tar.zst', 'rb').read())
if sys.argv[2] == 'cut':
    d = d[:random.randrange(len(d))]
else:
    d[random.randrange(len(d))] ^= 1 << random.randrange(8)
open('x.tar.zst', 'wb').write(d)
P
		medal-checkpoint restore x.tar.zst new >/dev/null 2>&1
		s=$?
		[ $s = 0 ] && diff -r whole new && rm -r new && continue
		[ $s = 2 ] && [ ! -e new ] || echo "$how $i: status $s"
	done
done
rm -r whole
ls
medal-checkpoint restore c/metadata new
echo "status $?"
tar -cf - --transform 's,^,../,' -P out 2>/dev/null | zstd -qo evil.tar.zst
medal-checkpoint restore evil.tar.zst new
echo "status $?"
medal-checkpoint restore b.tar.zst c
echo "status $?"
