# 40 pipelines, killed at random; the seed is on standard error and replays: see kill_pipelines.py
"$MEDAL_TESTS/fault/kill_pipelines.py" --pipelines 40
