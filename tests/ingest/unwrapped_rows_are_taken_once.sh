# Quarantined rows as a source: each comes back to the byte, once, from run to run.
printf '{"a":1 }\nbad\n{ }\n{"a":3}\n\xff\n{"_corrupt_record":"x"}\n' >in.json
echo 'CREATE TABLE t (a INT, CONSTRAINT has_a EXPECT (a IS NOT NULL) ON VIOLATION DROP ROW)' >t.sql
fill() { medal-ingest --checkpoint ck --quarantine q in*.json | medal-validate t.sql | medal-write t | medal-checkpoint commit; }
unwrap() { medal-ingest --unwrap --checkpoint ck2 --quarantine q2 q | medal-write t2 | medal-checkpoint commit; }
fill
cat t/part-*
unwrap
unwrap
printf 'bad again\n' >in2.json
fill
unwrap
echo
cat t2/part-*
# those that are still corrupt, to the byte
cat q2/part-* | jq -r 'if ._error.bytes then ._error.bytes else ._corrupt_record end'
medal-checkpoint verify --tables ck2 | sed 's/.*: //'
