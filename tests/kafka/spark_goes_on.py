# SPDX-License-Identifier: MIT
"""Ten times medal -> Spark -> medal on one checkpoint over a topic, and one table, while records keep coming; medal is
killed in between. What Spark runs is what the report of the hand-over says. Arguments: BROKERS TOPIC JARS."""
import glob
import json
import os
import random
import re
import signal
import subprocess
import sys
import time

from pyspark.sql import SparkSession

brokers, topic, jars = sys.argv[1:]
seed = int(os.environ.get("SEED", "11"))
rnd = random.Random(seed)
spark = (SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false")
         .config("spark.jars", ",".join(glob.glob(jars + "/*.jar")))
         .config("spark.sql.shuffle.partitions", "1").getOrCreate())
spark.sparkContext.setLogLevel("OFF")
rows = kills = doubts = 0


def more():
    """Some by transactions, whose marks are offsets without records; aborted ones, too."""
    global rows
    n = rnd.randint(1, 200)
    lines = "".join('{"e":%d}\n' % (rows + i) for i in range(n))
    rows += n
    if rnd.random() < 0.5:
        subprocess.run(["kcat", "-P", "-b", brokers, "-t", topic], input=lines, text=True, check=True)
        return
    tool = [os.environ["MEDAL_BUILD"] + "/test/kafka_admin", brokers, "txn", topic, topic, str(rnd.randint(0, 2))]
    subprocess.run(tool + ["abort"], input='{"e":-1}\n', text=True, check=True)
    subprocess.run(tool + ["commit"], input=lines, text=True, check=True)


def medal(kill=False):
    global kills
    p = subprocess.Popen(["bash", "-o", "pipefail", "-c",
                          "medal-ingest --checkpoint ck -b %s -t %s --max-records %d | medal-write table |"
                          " medal-checkpoint commit" % (brokers, topic, rnd.randint(20, 150))],
                         stderr=subprocess.PIPE, start_new_session=True)
    if kill:
        time.sleep(rnd.random() * 0.15)
        os.killpg(p.pid, signal.SIGKILL)
        kills += 1
        p.communicate()
        return
    err = p.communicate()[1].decode()
    assert p.returncode == 0, (seed, err)


def handoff():
    return subprocess.run(["medal-checkpoint", "handoff", "--wait", "--to", "spark", "ck"], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True)


def check():
    got = sorted(r["e"] for r in spark.read.schema("e int").json(os.getcwd() + "/table").collect())
    assert got == list(range(rows)), (seed, len(got), rows, "doubled or lost")
    got = sorted(json.loads(line)["e"] for line in subprocess.run(["medal-ingest", "table"], check=True,
                                                                  stdout=subprocess.PIPE).stdout.splitlines())
    assert got == list(range(rows)), (seed, len(got), rows, "doubled or lost, as medal reads it")


for turn in range(10):
    more()
    medal(kill=True)
    h = handoff()
    if h.returncode:
        assert h.returncode == 2 and re.search("not decided|no committed epoch|no checkpoint", h.stderr), (seed, h.stderr)
        doubts += 1
        medal()
    more()
    if turn % 2:
        medal()
    h = handoff()
    assert h.returncode == 0, (seed, h.stderr)
    more()
    code = re.search(r"^from pyspark.*?awaitTermination\(\)\)$", h.stdout, re.S | re.M).group(0)
    exec(code, {"spark": spark.newSession(), "SCHEMA": "e int", "SELECTED": lambda df: df})
    check()
    more()  # for medal, which comes next
medal()
check()
by_spark, by_medal = len(glob.glob("table/part-*.json")), len(glob.glob("table/part-*.ndjson"))
assert by_spark >= 10 and by_medal > 5, (by_spark, by_medal)
assert subprocess.run(["medal-checkpoint", "verify", "--tables", "ck"], stdout=subprocess.DEVNULL).returncode == 0
print("10 hand-overs there and back,", kills, "kills: all rows once")
