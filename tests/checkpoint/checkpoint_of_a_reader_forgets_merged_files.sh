# A hop that reads a table, epoch by epoch, while its files are merged: the log of its source keeps to the files that the
# table still lists, so it does not grow for ever; each row comes once, also after a rollback of the hop.
. "$MEDAL_TESTS/lib.sh"
need jq
mkdir in
bronze() { medal-ingest --checkpoint ckpt/bronze --max-files 1 in | medal-write bronze | medal-checkpoint commit; }
gold() { medal-ingest --checkpoint ckpt/gold --max-files 1 bronze | medal-write gold | medal-checkpoint commit; }
for r in {0..5}; do
	for i in {100..109}; do echo "{\"id\":$((r * 10 + i - 100))}" >in/$r$i.ndjson; done
	bronze && gold && medal-checkpoint compact --older-than 0s --keep 5 bronze >/dev/null
done
ls ckpt/gold/sources/0 | sort -n | tail -1
tail -n +2 ckpt/gold/sources/0/59.compact | jq -r '.path | sub(".*/"; "")' | sort -V | sed -n '1p;$p'
tail -n +2 ckpt/gold/sources/0/59.compact | jq -s length
medal-checkpoint rollback --to 56 ckpt/gold >/dev/null && gold
medal-ingest gold | jq -s -c 'map(.id) | sort == [range(60)]'
medal-checkpoint verify --tables ckpt/gold
