# A word that is nearly one is guessed; a name that cannot be a file's is refused before anything is written; so is an option
# that would do nothing.
mkdir in
echo '{"a":1}' >in/1.ndjson
medal-checkpoint verfiy ck
medal-checkpoint frobnicate ck
for name in '' . a/b $'a\nb'; do
	medal-ingest --name "$name" in
	medal-dedupe --name "$name" -k a --forever --duplicates d <in/1.ndjson
done
medal-ingest --checkpoint ck --follow --exit in
medal-ingest --max-records 1 in
medal-ingest --allow-overwrites in
medal-ingest --final in
ls
medal-transform 'SELECT a' in/1.ndjson
