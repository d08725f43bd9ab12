# SPDX-License-Identifier: MIT
# Spark and tables whose small files medal merged: read whole, with the replaced files beside it and without; a hop that had
# read the single files is handed over and does not read the merged ones again; Spark adds to a merged table, and medal
# goes on; a table that was rolled back is read as it is.
. "$MEDAL_TESTS/lib.sh"
# Java takes file names by the locale
need java
need_module pyspark
LC_ALL=C.UTF-8 flock "${MEDAL_JVM_LOCK:-jvm.lock}" "$MEDAL_PYTHON" "$MEDAL_TESTS/spark/compacted_tables.py" 2>spark.err || {
	tail -20 spark.err >&2
	fail "it failed"
}
