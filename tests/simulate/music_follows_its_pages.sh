# SPDX-License-Identifier: MIT
. "$MEDAL_TESTS/lib.sh"
medal-simulate music --rows 80000 --users 1000 --seed 4 --output-dir out
python "$MEDAL_TESTS/simulate/walk.py" out
