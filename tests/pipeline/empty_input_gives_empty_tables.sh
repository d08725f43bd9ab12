# No byte, only blank lines, a directory without files, with and without a checkpoint.
. "$MEDAL_TESTS/lib.sh"
set -o pipefail
mkdir none
: >empty.ndjson
printf '\n \r\n\n' >blank.ndjson
for input in empty.ndjson blank.ndjson none; do
	medal-ingest $input | medal-validate --schema 'a INT' | medal-transform 'SELECT a' | medal-dedupe -k a --forever |
		medal-aggregate --schema 'a INT' 'SELECT a, count(*) AS n GROUP BY a' | medal-write t.$input || echo "status $?"
	for run in 1 2; do
		medal-ingest --checkpoint ckpt.$input $input | medal-validate --schema 'a INT' | medal-write c.$input |
			medal-checkpoint commit || echo "status $?"
	done
	find t.$input c.$input -name 'part*' 2>/dev/null
	# and it goes on when something comes
	[ -d $input ] && echo '{"a":1}' >none/a.ndjson || echo '{"a":1}' >$input.more
	medal-ingest --checkpoint ckpt.$input $input $([ -d $input ] || echo $input.more) | medal-write c.$input |
		medal-checkpoint commit
	cat c.$input/part-*
done
