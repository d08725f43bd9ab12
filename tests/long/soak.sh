# Half an hour; SOAK_SECONDS and SOAK_KILL_EVERY for a shorter one.
"$MEDAL_TESTS/long/soak.py"
