# SPDX-License-Identifier: MIT
. "$MEDAL_TESTS/lib.sh"
need java
need_module pyspark
python "$MEDAL_TESTS/spark/default_columns.py" 3 2>/dev/null
