# SPDX-License-Identifier: MIT
# medal-checkpoint import: offsets of Spark's, without its state; and history first, stream after, in one table.
. "$MEDAL_TESTS/lib.sh"
need java
need_module pyspark
LC_ALL=C.UTF-8 flock "${MEDAL_JVM_LOCK:-jvm.lock}" "$MEDAL_PYTHON" "$MEDAL_TESTS/spark/import_offsets.py" 2>spark.err || {
	tail -20 spark.err >&2
	fail "the import failed"
}
