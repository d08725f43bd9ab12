# 120,000 rows in 60,000 minutes, in no order: each is looked up by its window, not along all windows of its key (minutes
# of processor time, once).
python3 -c '
import random
rnd = random.Random(4)
for i in range(120000):
    print("{\"ts\":%d,\"k\":1}" % (rnd.randrange(60000) * 60000 + 1))' >in
python3 -c '
import json, collections
n = collections.Counter(json.loads(line)["ts"] // 60000 for line in open("in"))
for minute in sorted(n):
    print(json.dumps({"ms": minute * 60000, "n": n[minute]}, separators=(",", ":")))' >want
(ulimit -t 60; exec medal-aggregate 'SELECT unix_millis(window.start) AS ms, count(*) AS n
	GROUP BY window(timestamp_millis(ts), "1 minute"), k') <in | cmp - want && wc -l <want
