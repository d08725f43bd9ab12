# A table inside of what its own pipeline reads would feed on itself: refused as soon as it is met, by the path and with -r.
. "$MEDAL_TESTS/lib.sh"
set -o pipefail
mkdir in
echo '{"a":1}' >in/1.ndjson
hop() { medal-ingest --checkpoint ck "$@" | medal-write in/t | medal-checkpoint commit; }
hop -r in
echo '{"a":2}' >in/2.ndjson
status hop -r in 2>err
status hop in/t 2>>err
sed 's|/[^ ]*/in|in|' err | sort -u
echo "outside of it all is well"
hop in
medal-ingest in/t
