# SPDX-License-Identifier: MIT
. "$MEDAL_TESTS/lib.sh"
medal-simulate music --rows 150000 --users 3000 --seed 3 --duplicates 2% --malformed 0.02 --late 2% --late-by 5m \
	--output-dir out --truth truth.json
python "$MEDAL_TESTS/simulate/count.py" music truth.json out/*.ndjson
