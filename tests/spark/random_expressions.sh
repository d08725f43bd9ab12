# SPDX-License-Identifier: MIT
# A quick sample; tests/long has 100,000 comparisons. Another seed: tests/spark/differential.py --seed N.
. "$MEDAL_TESTS/lib.sh"
need java
need_module pyspark
python "$MEDAL_TESTS/spark/differential.py" --seed 1 --comparisons 20000 2>/dev/null
