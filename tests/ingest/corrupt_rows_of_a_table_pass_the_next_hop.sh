# Without a quarantine a corrupt line is a row with _corrupt_record in the first table. The next hop passes it on as it came,
# between other rows and alone, and its books balance; with a quarantine it goes there.
. "$MEDAL_TESTS/lib.sh"
set -o pipefail
mkdir in
printf '{"n":1}\nno record\n{"n":2}\n' >in/1.ndjson
printf 'alone\n' >in/2.ndjson
hop() { medal-ingest --checkpoint "ck/$2" "${@:3}" "$1" | medal-write "$2" | medal-checkpoint commit; }
hop in bronze
hop bronze silver
hop silver gold --quarantine bad
cat silver/part-*
hop bronze placed --metadata
cat placed/part-* | jq -c '[._corrupt_record, ._metadata.file_name]'
echo "quarantined"
jq -r ._corrupt_record bad/part-*
cat gold/part-*
for c in bronze silver gold placed; do medal-checkpoint verify --tables ck/$c; done
