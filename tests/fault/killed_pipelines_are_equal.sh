# 200 random kills of the pipelines of one seed (SEED=N for others): see kill_pipelines.py
"$MEDAL_TESTS/fault/kill_pipelines.py" --kills 200 --seed "${SEED:-7}"
