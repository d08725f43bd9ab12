# A file whose name is not UTF-8 is read on, replayed and found again like any other; a checkpoint or table of such a name
# is refused.
f=$'caf\xe9.log'
mkdir in
printf '{"n":1}\n' >"in/$f"
printf '{"n":2}\n' >'in/a b%#"\.log'
run() {
	medal-ingest -f json "$@" --checkpoint ck in | medal-write t | medal-checkpoint commit
	echo "$? $(cat t/part-* | jq .n | sort -n | tr '\n' ' ')"
}
for n in 3 4 5; do
	run --tail
	printf '{"n":%d}\n' $n >>"in/$f"
done
run --tail
rm -r ck t
# planned, not committed
medal-ingest -f json --checkpoint ck --commit-timeout 1s in 2>/dev/null | medal-write t 2>/dev/null | cat >/dev/null
run
mkdir $'d\xff'
medal-ingest -f json --checkpoint $'d\xff/ck' in 2>/dev/null | medal-write t2 2>/dev/null | medal-checkpoint commit 2>&1 | grep -o 'is not UTF-8'
medal-ingest -f json --checkpoint ck3 in 2>/dev/null | medal-write $'d\xff/t' 2>/dev/null | medal-checkpoint commit 2>&1 | grep -o 'is not UTF-8'
