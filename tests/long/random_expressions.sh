# SPDX-License-Identifier: MIT
# What check-spark takes a sample of; another seed: tests/spark/differential.py --seed N --comparisons 100000.
. "$MEDAL_TESTS/lib.sh"
need java
need_module pyspark
python "$MEDAL_TESTS/spark/differential.py" --seed 1 --comparisons 100000 2>/dev/null
