# SPDX-License-Identifier: MIT
# What Spark's file source wrote is gone on with by medal-ingest at the next record, or refused with the reason.
. "$MEDAL_TESTS/lib.sh"
# Java takes file names by the locale: in C it does not find those that are not ASCII.
need java
need_module pyspark
LC_ALL=C.UTF-8 flock "${MEDAL_JVM_LOCK:-jvm.lock}" "$MEDAL_PYTHON" "$MEDAL_TESTS/spark/takeover.py" 2>spark.err || {
	tail -20 spark.err >&2
	fail "the take-over failed"
}
