# CRLF is white space and kept, a BOM at the start of a file is skipped, and elsewhere it makes a line corrupt; a last line
# without a newline is a record. The same bytes come out of every program.
printf '\xef\xbb\xbf{"a":1}\r\n{"a":2}\r\n\r\n' >1.ndjson
printf '{"a":3}\n\xef\xbb\xbf{"a":4}\n{"a":5}' >2.ndjson
medal-ingest --checkpoint ckpt --quarantine q 1.ndjson 2.ndjson |
	medal-validate --schema 'a INT' |
	medal-transform 'SELECT *' |
	medal-dedupe -k a --forever |
	medal-write t |
	medal-checkpoint commit
cat t/part-* | od -An -c
jq -c '[._corrupt_record, ._error.line]' q/part-*
medal-checkpoint show --json ckpt | jq -c '.stages[0] | [.in, .out, .buckets]'
