# One program is killed while a pipeline waits, before its first epoch and after one: the others end although nothing but that
# death can wake them, also across programs that do not notice (cat, tee), and the next run ends well.
"$MEDAL_TESTS/fault/idle.py"
