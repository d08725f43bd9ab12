# The bug: it was refused without a checkpoint, too, with the advice to read it without a checkpoint.
for n in 1 2; do
	echo "{\"a\":$n}" | medal-write --mode overwrite t
	medal-ingest t
done
medal-ingest --checkpoint ckpt t 2>/dev/null | medal-write u | medal-checkpoint commit
echo "status $?"
