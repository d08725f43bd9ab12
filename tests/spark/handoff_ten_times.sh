# SPDX-License-Identifier: MIT
# medal -> Spark -> medal, ten times, on one growing source: the union of the outputs is the input.
. "$MEDAL_TESTS/lib.sh"
# Java takes file names by the locale: in C it does not find those that are not ASCII.
need java
need_module pyspark
LC_ALL=C.UTF-8 flock "${MEDAL_JVM_LOCK:-jvm.lock}" "$MEDAL_PYTHON" "$MEDAL_TESTS/spark/handoff_ten_times.py" 2>spark.err || {
	tail -20 spark.err >&2
	fail "the hand-over failed"
}
