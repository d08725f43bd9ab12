# What killed processes leave behind goes with the next start: folders of runs that are over, and half written files. What
# a live process is writing into a table stays.
echo '{"id":1}' >1.ndjson
run() { medal-ingest --checkpoint c "$1".ndjson | medal-write t | medal-checkpoint commit; }
run 1
orphan=c/medal/run/0123456789abcdef0123456789abcdef.d
mkdir $orphan && : >$orphan/stage.write && mkfifo $orphan/ack
for d in . offsets commits sources/0 medal medal/ledger medal/files; do : >c/$d/.1.999999999.tmp; done
: >t/_spark_metadata/.1.999999999.tmp # a pid that no process can have
: >t/_spark_metadata/.2.$$.tmp
touch -d 2026-01-01 t/_spark_metadata/.?.*.tmp
: >t/_spark_metadata/.3.999999999.tmp # young: perhaps of another machine
: >c/offsets/.offsets.1.7f0e7a2c-8a1d-4c4b-9a77-000000000000.tmp # Spark's
echo '{"id":2}' >2.ndjson
run 2
find c t -name '*.tmp' -o -name '*.d' | sed "s/$$/PID/" | sort
medal-checkpoint verify --tables c
