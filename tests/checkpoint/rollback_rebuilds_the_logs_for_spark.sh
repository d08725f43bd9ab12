# Log entries that a later .compact made superfluous are gone; a rollback below it writes them again, in the table's log and
# in the source's.
for i in {10..45}; do printf '{"a":%d}\n' $i >$i.ndjson; touch -d "2026-01-01 00:00:$i" $i.ndjson; done
run() { medal-ingest --checkpoint c --max-files 1 *.ndjson | medal-write t | medal-checkpoint commit; }
run
rm -f t/_spark_metadata/{9,19}.compact t/_spark_metadata/{?,1?,2?} c/sources/0/{9,19}.compact c/sources/0/{?,1?,2?}
medal-checkpoint rollback --to 15 -q c >rolled
ls t/_spark_metadata c/sources/0
python3 - <<'P'
import json
for f in ['9.compact', '10', '15']:
    for log in ('t/_spark_metadata/', 'c/sources/0/'):
        lines = open(log + f).read().split('\n')
        print(log + f, lines[0], [json.loads(x)['path'].rsplit('/', 1)[1] for x in lines[1:]])
P
run
cat t/*.ndjson | wc -l
