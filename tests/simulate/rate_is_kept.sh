# SPDX-License-Identifier: MIT
. "$MEDAL_TESTS/lib.sh"
# 100 rows at 200 a second take half a second, and come while it lasts
python - <<'P'
import subprocess, time
began = time.monotonic()
p = subprocess.Popen(["medal-simulate", "music", "--rows", "100", "--rate", "200"], stdout=subprocess.PIPE)
p.stdout.readline()
first = time.monotonic() - began
rest = len(p.stdout.readlines())
took = time.monotonic() - began
print(rest + 1, "rows;", "not faster than asked" if took > 0.45 else f"took {took}",
      "and from the start" if first < took - 0.3 else f"first after {first}")
P
