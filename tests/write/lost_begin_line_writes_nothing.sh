# A grep takes the begin line away, or there was none: with a tail behind it medal-write writes nothing, so that the mended
# pipeline finds no rows that would come twice. Other readers of its output are no tail.
mkdir in
printf '{"a":1,"error":1}\n{"a":2}\n' >in/1.json
medal-ingest --checkpoint ck --commit-timeout 1s in 2>ingest | grep error | medal-write t | medal-checkpoint commit
echo "status ${PIPESTATUS[*]:2}"
medal-ingest in | medal-write t | medal-checkpoint commit
echo "status ${PIPESTATUS[*]:1}"
ls -A t 2>&1
medal-ingest in/nothing.json 2>ingest | medal-write t | medal-checkpoint commit
ls -A t 2>&1
echo "status $?"
medal-ingest --checkpoint ck in | medal-exec grep error | medal-write t | medal-checkpoint commit
cat t/part-*
out=$(medal-ingest in | medal-write u) && ls u
medal-ingest in | medal-write v | cat && ls v
