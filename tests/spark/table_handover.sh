# SPDX-License-Identifier: MIT
# One checkpoint and one table, passed to and fro between Spark's file sink and medal: no row is lost or doubled.
. "$MEDAL_TESTS/lib.sh"
need java
need_module pyspark
mkdir raw
flock "${MEDAL_JVM_LOCK:-jvm.lock}" "$MEDAL_PYTHON" "$MEDAL_TESTS/spark/table_handover.py" 2>spark.err || {
	cat spark.err >&2
	fail "the hand-over failed"
}
find out -name 'part-3-*' -o -name 'part-5-*' | sort
