# SPDX-License-Identifier: MIT
. "$MEDAL_TESTS/lib.sh"
need java
need_module pyspark
python "$MEDAL_TESTS/spark/aggregate_steps.py" 2>/dev/null
