# SPDX-License-Identifier: MIT
. "$MEDAL_TESTS/lib.sh"
need java
need_module pyspark
python "$MEDAL_TESTS/spark/json_modes.py" 1 70 2>/dev/null
