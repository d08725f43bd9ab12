# Strays beside what is named: the strays go, the rest stays, and the pipeline goes on with its state.
printf '{"id":1}\n{"id":1}\n' >1.ndjson
touch -d 2026-01-01 1.ndjson
run() { medal-ingest --checkpoint c [12].ndjson | medal-dedupe -k id --forever | medal-write t | medal-checkpoint commit; }
run
ls c/state/medal/dedupe >named
head -c 100 /dev/zero >c/state/medal/dedupe/1.00000000000000000000000000000000.snapshot
mkdir c/state/medal/gone && : >c/state/medal/gone/0.00000000000000000000000000000000.delta
: >t/_medal_pending/1.00000000000000000000000000000000.write.0
: >c/offsets/.1.77.tmp
mkdir c/medal/broken && : >c/medal/broken/offsets.9
medal-checkpoint gc c
medal-checkpoint gc --older-than 0s c
ls c/state/medal c/state/medal/dedupe | diff - <(echo c/state/medal: && echo dedupe && echo && echo c/state/medal/dedupe: && cat named)
printf '{"id":1}\n{"id":2}\n' >2.ndjson
run
cat t/part-*
medal-checkpoint verify --tables c | sed 's/.*: //'
medal-checkpoint gc nowhere
echo "status $?"
