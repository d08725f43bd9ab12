# 200 random kills; the seed is on standard error and replays: see kill_pipelines.py
"$MEDAL_TESTS/fault/kill_pipelines.py" --kills 200
