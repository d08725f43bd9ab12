# As in fault/, for about an hour.
"$MEDAL_TESTS/fault/kill_pipelines.py" --pipelines 1000
