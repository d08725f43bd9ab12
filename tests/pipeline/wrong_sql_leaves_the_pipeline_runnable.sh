# A mistake in the SQL of any stage ends the run (2); the tail tells the place, too, and nothing is
# written; the mended command runs.
. "$MEDAL_TESTS/lib.sh"
set -o pipefail
echo '{"ts":1000,"level":"free"}' >raw.ndjson
hop() {
	medal-ingest --checkpoint ckpt raw.ndjson |
		medal-validate --schema 'ts BIGINT, level STRING' -e "$1" |
		medal-transform --schema 'ts BIGINT, level STRING' "$2" |
		medal-dedupe --schema 'ts BIGINT, level STRING' -k level --watermark "$3" |
		medal-aggregate --schema 'ts BIGINT, level STRING' --watermark 'timestamp_millis(ts) 1 minute' "$4" |
		medal-write t |
		medal-checkpoint commit
}
good=("ok EXPECT (level = 'free')" 'SELECT *' 'timestamp_millis(ts) 1 minute'
	"SELECT level, count(*) AS n GROUP BY window(timestamp_millis(ts), '1 minute'), level")
bad=('ok EXPECT (levle = 1)' 'SELECT ts +' 'timestamp_milis(ts) 1 minute' "SELECT count(levle) AS n GROUP BY window(timestamp_millis(ts), '1 minute')")
for i in 0 1 2 3; do
	args=("${good[@]}")
	args[i]=${bad[i]}
	hop "${args[@]}" 2>messages
	echo "status $?"
	grep -A2 '^medal-checkpoint' messages
	[ ! -e t ] || find t -name 'part*'
done
hop "${good[@]}"
echo "status $?"
