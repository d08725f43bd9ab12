# The music system with one file an epoch (60 epochs a table), read and computed again by Spark.
. "$MEDAL_TESTS/lib.sh"
need java
need_module pyspark
set -e -o pipefail
cp -r "$MEDAL_TESTS/systems/music" music
cd music
export FILES=1
medal-simulate music --rows 24000 --users 1000 --duplicates 2% --malformed 2% --late 2% --late-by 20m --seed 3 \
	--output-dir raw --files 60 --truth truth.json
./pipeline.sh final
flock "${MEDAL_JVM_LOCK:-jvm.lock}" "$MEDAL_PYTHON" "$MEDAL_TESTS/spark/music_system.py" 2>spark.err || {
	cat spark.err >&2
	fail "Spark did not agree"
}
