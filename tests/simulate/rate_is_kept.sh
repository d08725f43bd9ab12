# SPDX-License-Identifier: MIT
. "$MEDAL_TESTS/lib.sh"
# 100 rows at 200 a second take half a second, and come while it lasts. The latter is seen once at least: on a busy machine
# a program may sleep through its time and have all rows to send when it wakes up.
python - <<'P'
import subprocess, time
fast = early = False
for _ in range(100):
    began = time.monotonic()
    p = subprocess.Popen(["medal-simulate", "music", "--rows", "100", "--rate", "200"], stdout=subprocess.PIPE)
    p.stdout.readline()
    first = time.monotonic() - began
    rest = len(p.stdout.readlines())
    took = time.monotonic() - began
    fast = fast or took <= 0.45
    early = first < took - 0.3
    if fast or early or p.wait():
        break
print(rest + 1, "rows;", f"took {took}" if fast else "not faster than asked", "and from the start" if early else f"first after {first}")
P
