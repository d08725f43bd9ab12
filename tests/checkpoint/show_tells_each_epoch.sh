# Text for people, one JSON object an epoch for machines; --last limits both.
mkdir in
for i in 1 2 3; do
	printf '{"k":1,"n":%d}\n{"k":2}\nbad\n' $i >in/$i.json
	touch -d "2024-02-01 00:00:0$i" in/$i.json
done
medal-ingest --checkpoint ck --quarantine q --max-files 1 in | medal-dedupe --forever -k k | medal-write t | medal-checkpoint commit
medal-checkpoint show ck | sed "s#$PWD/##; s/^id .*/id ID/; s/decided [^ ]*/decided WHEN/; s/\(rows, \)[0-9]* \(bytes in 1 files$\)/\1SIZE \2/"
medal-checkpoint show -n 1 --json ck |
	jq -c '[.epoch, .committed, .final, (.stages[] | [.name, .in, .out, .buckets])]'
medal-checkpoint show -n 0 -j ck | wc -l
# an epoch that was decided but not committed, and one that was only planned
rm ck/commits/2
medal-checkpoint show ck | grep -c 'NOT COMMITTED\|in doubt'
rm ck/medal/ledger/2
medal-checkpoint show ck | sed -n 's/^epoch 2 .*/&/p; s/^epoch 2  //p'
medal-checkpoint show nowhere
