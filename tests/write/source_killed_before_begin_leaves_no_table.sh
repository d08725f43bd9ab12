# The bug: end of input without a begin line made an empty table without an owner, which the next run of the
# same pipeline then refused.
echo '{"a":1}' >raw.ndjson
: | medal-write t
medal-ingest --checkpoint ckpt raw.ndjson | medal-write t | medal-checkpoint commit
cat t/part-0-0.ndjson
