#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Kill the programs of a pipeline from a topic, and its broker, at random while records come; in the end the table has
each record of the topic, as kcat reads it, once. Arguments: BROKERS TOPIC RECORDS KILLS BROKER-KILLS COMMAND-THAT-RESTARTS-IT.
The seed is on standard error."""
import json, os, random, signal, subprocess, sys, threading, time

brokers, topic, records, kills, broker_kills = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:6])
restart = sys.argv[6]
seed = int(os.environ.get("SEED", 1))
random.seed(seed)
print("seed", seed, file=sys.stderr)

def produce():
    """Idempotent, waiting for a broker that is away, and slow enough that the kills fall into it; every 40th value is no
    JSON."""
    p = subprocess.Popen([os.environ["MEDAL_BUILD"] + "/test/kafka_admin", brokers, "produce", topic, "-1"],
                         stdin=subprocess.PIPE, text=True)
    for n in range(records):
        p.stdin.write("broken %d\n" % n if n % 40 == 7 else '{"n":%d}\n' % n)
        if n % 500 == 499:
            p.stdin.flush()
            time.sleep(0.02)
    p.stdin.close()
    p.wait()

def start(follow):
    ingest = ["medal-ingest", "--checkpoint", "ck", "--quarantine", "bad", "-b", brokers, "-t", topic, "-q", "--wait"]
    ingest += ["--follow", "--trigger", "%dms" % random.choice([50, 100, 300])] if follow else ["--max-records", "3000"]
    stages = [ingest, ["medal-dedupe", "-q", "-k", "n", "--forever"], ["medal-write", "-q", "table"],
              ["medal-checkpoint", "-q", "commit"]]
    procs, before = [], subprocess.DEVNULL
    for s in stages:
        last = s is stages[-1]
        p = subprocess.Popen(s, stdin=before, stdout=subprocess.DEVNULL if last else subprocess.PIPE,
                             stderr=open("stderr", "ab"))
        if procs:
            before.close()
        before = p.stdout
        procs.append(p)
    return procs

def broker(n):
    for _ in range(n):
        time.sleep(random.uniform(1, 3))
        subprocess.run(restart, shell=True, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

producer = threading.Thread(target=produce)
producer.start()
breaker = threading.Thread(target=broker, args=(broker_kills,))
breaker.start()
done = 0
while done < kills or breaker.is_alive() or producer.is_alive():
    procs = start(follow=random.random() < 0.7)
    time.sleep(random.choice([random.uniform(0, 0.1), random.uniform(0, 0.8)]))
    for p in random.choice([procs, [random.choice(procs)]]):
        p.send_signal(signal.SIGKILL)
        done += 1
    # before its first begin line a program does not know that it has readers: while no records come, none is missed
    until = time.time() + 5
    while time.time() < until and any(p.poll() is None for p in procs):
        time.sleep(0.02)
    for p in procs:
        p.kill()
        p.wait()
producer.join()
for tries in range(2):
    procs = start(follow=False)
    status = [p.wait(timeout=1200) for p in procs]
if status != [0] * 4:
    sys.exit("the last run ended with %s: %s" % (status, open("stderr").read()[-2000:]))

def rows(folder):
    for name in sorted(os.listdir(folder)):
        if name.startswith("part-"):
            yield from map(json.loads, open(os.path.join(folder, name)))

got = [r["n"] for r in rows("table")]
bad = [r["_corrupt_record"] for r in rows("bad")]
there = subprocess.run(["kcat", "-m", "240", "-C", "-e", "-q", "-b", brokers, "-t", topic], stdout=subprocess.PIPE, check=True,
                       text=True).stdout.splitlines()
want = sorted(json.loads(v)["n"] for v in there if v.startswith("{"))
want_bad = [v for v in there if not v.startswith("{")]
if len(there) != records:
    sys.exit("the topic has %d records" % len(there))
print("rows", "equal" if sorted(got) == want else "%d, lost %d, doubled %d" % (
    len(got), len(set(want) - set(got)), len(got) - len(set(got))))
print("quarantine", "equal" if sorted(bad) == sorted(want_bad) else "%d of %d" % (len(bad), len(want_bad)))
ledger = [json.loads(l) for l in subprocess.run(["medal-checkpoint", "show", "--json", "--last", "0", "ck"],
                                                stdout=subprocess.PIPE, check=True).stdout.splitlines()]
print("duplicates", sum(int(s["buckets"].get("duplicate", 0)) for l in ledger for s in l["stages"]))
print("%d kills, %d of the broker, %d records, %d epochs" % (done, broker_kills, len(there), len(ledger)), file=sys.stderr)
