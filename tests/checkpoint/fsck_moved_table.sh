# A moved table: the paths in its log are written anew, the checksum files that Spark left go, and nothing else changes.
for i in 1 2; do printf '{"a":%d}\n' $i >$i.ndjson; touch -d "2026-01-0$i" $i.ndjson; done
medal-ingest --checkpoint c --max-files 1 [12].ndjson | medal-write old/t | medal-checkpoint commit
mkdir new
mv old/t 'new/t x'
cp -r 'new/t x/_spark_metadata' before
touch 'new/t x/_spark_metadata/.1.crc'
medal-checkpoint fsck --moved 'new/t x'
ls -A 'new/t x/_spark_metadata'
for i in 0 1; do diff <(sed "s|/old/t/|/new/t%20x/|" before/$i) "new/t x/_spark_metadata/$i" && echo same; done
grep -o 'new/t[^"]*' 'new/t x/_spark_metadata/1'
medal-checkpoint fsck --moved 'new/t x'
medal-checkpoint fsck --moved before
echo "status $?"
medal-checkpoint fsck
echo "status $?"
