# SPDX-License-Identifier: MIT
# A run plans an epoch and dies before its offsets; Spark makes that epoch of other files. medal goes on after Spark, and
# does not hold Spark's log against the dead run's plan.
run() { medal-ingest --checkpoint "$1" in | medal-write "$2" | medal-checkpoint commit; }
mkdir in
echo '{"n":0}' >in/0.json
run ck t
cp -r ck other
echo '{"n":1}' >in/1.json
run ck t # stands for Spark's epoch, which has no ledger and no plan of medal's
rm ck/medal/ledger/1
echo '{"n":2}' >in/2.json
run other u 2>/dev/null # plans both files for its epoch 1
cp other/medal/files/1 ck/medal/files/1
run ck t && cat t/part-*.ndjson
