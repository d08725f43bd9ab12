# 60 epochs of 50 keys: what an epoch writes is in proportion to what is new, and what no kept ledger names goes.
mkdir in
for i in $(seq 60); do
	seq -f '{"k":%.0f}' $((i * 40)) $((i * 40 + 49)) >in/$((i + 100)).json
	touch -d "@$((1700000000 + i))" in/$((i + 100)).json
done
run() {
	medal-ingest --checkpoint ck --max-files 1 in | medal-dedupe --forever -k k | medal-write t |
		medal-checkpoint commit --retain 5
}
mkdir late
mv in/14* in/15* in/16* late
run
mv late/* in
run
sort -u in/* >want
cat t/part-* | sort | cmp - want && wc -l <want
# At most 24 of a chain (then a merge is waited for), 16 epochs since the last purge, and what was merged in them.
find ck/state/medal/dedupe -type f | awk 'END { print (NR < 50 ? "few files" : NR " files") }'
# 2,411 keys of 16 bytes, in files that were merged, too
cat ck/state/medal/dedupe/* | wc -c | awk '{ print ($1 < 3 * 58000 ? "small" : $1 " bytes") }'
medal-checkpoint verify --tables ck | sed 's/.*: //'
