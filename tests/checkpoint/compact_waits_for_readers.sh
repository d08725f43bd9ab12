# Replaced files go when their time has come and no registered reader has still to pass them: one that came after the merge
# may have listed the table before it.
. "$MEDAL_TESTS/lib.sh"
mkdir in
for i in {100..124}; do echo "{\"id\":$i}" >in/$i.ndjson; done
medal-ingest --checkpoint ckpt/bronze --max-files 1 in | medal-write bronze | medal-checkpoint commit
medal-checkpoint compact --keep 0 bronze
touch -d '20 minutes ago' bronze/part-* # the time of the merge counts, not that of the files
medal-checkpoint compact --keep 0 bronze
mkfifo hold
medal-ingest --checkpoint ckpt/gold bronze 2>/dev/null >hold &
exec 5<hold
wait_until 300 test -e bronze/_medal_readers # it has read the log, and waits for us to read on
echo "--- a reader has begun"
medal-checkpoint compact --keep 0 --older-than 0s bronze | sed "s|$PWD/||g"
ls bronze | grep -c '^part-'
exec 5<&-
wait
echo "--- it has read all"
medal-ingest --checkpoint ckpt/gold bronze | medal-write gold | medal-checkpoint commit
medal-checkpoint compact --keep 0 --older-than 0s bronze | sed "s|$PWD/||g"
ls bronze | grep -c '^part-'
medal-ingest gold | sort | uniq | wc -l
