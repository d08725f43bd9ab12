# SPDX-License-Identifier: MIT
# What is recorded is still what Spark does.
. "$MEDAL_TESTS/lib.sh"
need java
need_module pyspark
python "$MEDAL_TESTS/spark/json_reader_golden.py" 2>/dev/null >now || fail "Spark did not run"
diff "$MEDAL_TESTS/data/spark-json-reader.ndjson" now && echo the same
