# SPDX-License-Identifier: MIT
. "$MEDAL_TESTS/lib.sh"
medal-simulate sensors --rows 50000 --duplicates 2% --malformed 2% --late 2% --late-by 1m \
	--output-dir out --truth truth.json
python "$MEDAL_TESTS/simulate/count.py" sensors truth.json out/*.ndjson
