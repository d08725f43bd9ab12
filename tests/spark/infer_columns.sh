# SPDX-License-Identifier: MIT
. "$MEDAL_TESTS/lib.sh"
need java
need_module pyspark
python "$MEDAL_TESTS/spark/infer_columns.py" 2 200 2>/dev/null
