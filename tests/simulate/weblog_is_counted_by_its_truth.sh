# SPDX-License-Identifier: MIT
. "$MEDAL_TESTS/lib.sh"
medal-simulate weblog --rows 50000 --users 500 --duplicates 2% --malformed 3% --late 2% --late-by 1m \
	--output-dir out --truth truth.json
python "$MEDAL_TESTS/simulate/count.py" weblog truth.json out/*.log
