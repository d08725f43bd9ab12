# As in fault/, 1000 kills.
"$MEDAL_TESTS/fault/kill_pipelines.py" --kills 1000
