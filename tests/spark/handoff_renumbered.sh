# SPDX-License-Identifier: MIT
# A hand-over to another sink: a new checkpoint with a new id begins after the last epoch, Spark goes on there with batch 1 and
# medal after it; the rows of both sinks together are those of the source, once.
. "$MEDAL_TESTS/lib.sh"
need java
need_module pyspark
flock "${MEDAL_JVM_LOCK:-jvm.lock}" "$MEDAL_PYTHON" "$MEDAL_TESTS/spark/handoff_renumbered.py" 2>spark.err || {
	tail -20 spark.err >&2
	fail "it failed"
}
