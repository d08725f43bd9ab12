# SPDX-License-Identifier: MIT
"""Ten times medal -> Spark -> medal on one checkpoint and one table, while files keep coming; medal is killed in between.

The second system reads a table that medal writes (bronze) and is handed over in the same way."""
import fcntl
import glob
import os
import random
import re
import signal
import subprocess
import time

from spark_queries import session

seed = int(os.environ.get("SEED", "7"))
rnd = random.Random(seed)
spark = session()
here = os.getcwd()
made = rows = kills = doubts = 0


def more():
    global made, rows
    for _ in range(rnd.randint(1, 4)):
        name = f"raw/part %{made:03} é.ndjson"
        n = rnd.randint(1, 300)
        with open(name, "w") as f:
            f.writelines('{"e":%d,"level":"%s"}\n' % (rows + i, "free" if i % 3 else "a/b c%") for i in range(n))
        rows += n
        os.utime(name, (1700000000 + made, 1700000000 + made))
        made += 1


PIPE = {"gold": "medal-ingest --checkpoint ckpt --max-files 2 raw | medal-write --partition-by level out"
                " | medal-checkpoint commit",
        "bronze": "medal-ingest --checkpoint bronze_ckpt raw | medal-write bronze | medal-checkpoint commit",
        "silver": "medal-ingest --checkpoint silver_ckpt bronze | medal-write silver | medal-checkpoint commit"}


def medal(which, kill=False):
    global kills
    p = subprocess.Popen(["bash", "-o", "pipefail", "-c", PIPE[which]], stderr=subprocess.PIPE, start_new_session=True)
    if kill:
        time.sleep(rnd.random() * 0.03)
        os.killpg(p.pid, signal.SIGKILL)
        kills += 1
        p.communicate()
        # the last that a dying program lets go of may be its lock
        if os.path.exists("ckpt/medal/lock"):
            with open("ckpt/medal/lock") as f:
                fcntl.flock(f, fcntl.LOCK_EX)
        return
    err = p.communicate()[1].decode()
    assert p.returncode == 0, (seed, which, err)


def handoff(ckpt):
    return subprocess.run(["medal-checkpoint", "handoff", "--to", "spark", ckpt], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True)


def query(report, **names):
    """Run what the report says, word for word."""
    code = re.search(r"^rows = .*?awaitTermination\(\)\)$", report, re.S | re.M).group(0)
    exec(code, {"spark": spark.newSession(), "SCHEMA": "e int, level string", "SELECTED": lambda df: df, **names})


def check(table):
    got = sorted(r["e"] for r in spark.read.schema("e int, level string").json(f"{here}/{table}").collect())
    assert got == list(range(rows)), (seed, table, len(got), rows, "doubled or lost")


os.mkdir("raw")
for turn in range(10):
    more()
    medal("gold", kill=True)
    h = handoff("ckpt")
    if h.returncode:
        assert h.returncode == 2 and re.search("not decided|no committed epoch|no checkpoint", h.stderr), (seed, h.stderr)
        doubts += 1
        medal("gold")
    more()
    if turn % 2:
        medal("gold")
    medal("bronze")
    medal("silver")
    h = handoff("ckpt")
    assert h.returncode == 0, (seed, h.stderr)
    more()
    query(h.stdout)
    check("out")
    h = handoff("silver_ckpt")
    assert h.returncode == 0, (seed, h.stderr)
    medal("bronze")
    query(h.stdout)
    check("silver")
    more()  # for medal, which comes next
medal("gold")
medal("bronze")
medal("silver")
check("out")
check("silver")
by_spark = len(glob.glob("out/**/part-*.json", recursive=True))
by_medal = len(glob.glob("out/**/part-*.ndjson", recursive=True))
assert by_spark >= 10 and by_medal > 5, (by_spark, by_medal)
assert subprocess.run(["medal-checkpoint", "verify", "--tables", "ckpt"], stdout=subprocess.DEVNULL).returncode == 0
print("10 hand-overs there and back,", kills, "kills: all rows once, in both tables")
