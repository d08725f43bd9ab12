# SPDX-License-Identifier: MIT
# What the hand-over warns of is so in Spark, and what it does about it helps.
. "$MEDAL_TESTS/lib.sh"
need java
need_module pyspark
LC_ALL=C.UTF-8 flock "${MEDAL_JVM_LOCK:-jvm.lock}" "$MEDAL_PYTHON" "$MEDAL_TESTS/spark/handoff_traps.py" 2>spark.err || {
	tail -20 spark.err >&2
	fail "the hand-over failed"
}
