#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Pipelines whose way to the broker is disturbed (proxy.py): network_faults.py source|sink|damage|chance PORT [SEED]. PORT
is the cluster's, of `kafka-local start --proxied`. Whatever happens, a run ends with 0, or with 75 and a reason, and what
the runs have left in the end is what the topic, or the input, has: the oracle is kcat, past the proxy. What is printed
depends on no time: how often a run was needed again is on standard error."""
import os
import random
import re
import shutil
import struct
import subprocess
import sys
from proxy import (ADD_OFFSETS, ADD_PARTITIONS, ANSWER, DEAD, END_TXN, FETCH, FIND_COORDINATOR, HOLD, INIT_PRODUCER,
                   LIST_OFFSETS, METADATA, PASS, PRODUCE, REQUEST, RESET, TXN_OFFSETS, VERSIONS, Proxy, once)

port = int(sys.argv[2])
direct = "127.0.0.1:%d" % port
proxy = Proxy(port)
names = {VERSIONS: "ApiVersions", METADATA: "Metadata", LIST_OFFSETS: "ListOffsets", FETCH: "Fetch", PRODUCE: "Produce",
         FIND_COORDINATOR: "FindCoordinator", INIT_PRODUCER: "InitProducerId", ADD_PARTITIONS: "AddPartitionsToTxn",
         ADD_OFFSETS: "AddOffsetsToTxn", TXN_OFFSETS: "TxnOffsetCommit", END_TXN: "EndTxn"}
runs = again = 0
os.environ.update(MEDAL_KAFKA_RECONNECT_BACKOFF_MAX_MS="200")


def answer_within(seconds):
    """How long the client takes an answer to be on its way, and not lost."""
    os.environ["MEDAL_KAFKA_SOCKET_TIMEOUT_MS"] = str(round(seconds * 1000))


def admin(*words):
    subprocess.run([os.environ["MEDAL_BUILD"] + "/test/kafka_admin", direct, *words], check=True)


def topic(partitions=1):
    topic.n += 1
    admin("create", "t%d" % topic.n, str(partitions))
    return "t%d" % topic.n


topic.n = 0


def committed(name):
    admin("settled", name)
    out = subprocess.run(["kcat", "-m", "240", "-C", "-q", "-e", "-b", direct, "-t", name, "-o", "beginning", "-X",
                          "isolation.level=read_committed"], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, check=True)
    return sorted(out.stdout.splitlines())


def table():
    rows = []
    for name in os.listdir("table") if os.path.isdir("table") else []:
        if name.startswith("part-"):
            with open("table/" + name, "rb") as f:
                rows += f.read().splitlines()
    return sorted(rows)


def pipeline(*stages):
    """Run it; the status and the words of the first or second program: medal-ingest from a topic, medal-write to one."""
    of = 0 if "-b" in stages[0] else 1
    procs, before = [], subprocess.DEVNULL
    for i, s in enumerate(stages):
        with open("err%d" % i, "wb") as err:
            p = subprocess.Popen(s, stdin=before, stdout=subprocess.PIPE, stderr=err)
        if procs:
            before.close()
        before = p.stdout
        procs.append(p)
    return procs[of], procs, "err%d" % of


def finish(started, seconds=1200):
    one, procs, err = started
    for p in procs:
        p.wait(timeout=seconds)
    procs[-1].stdout.close()
    with open(err, encoding="utf-8") as f:
        return one.returncode, f.read()


def until_done(start, seconds=1):
    """Runs until one ends with 0; what the others said. One that had too little time for answers gets more."""
    global runs, again
    said = []
    for n in range(10):
        answer_within(min(seconds * 2 ** n, 60))
        status, words = finish(start())
        runs += 1
        if status == 0:
            return said
        if status != 75 or not words:
            sys.exit("status %d: %s" % (status, words))
        again += 1
        said.append(words)
    sys.exit("ten runs were not enough: " + said[-1])


def verify():
    v = subprocess.run(["medal-checkpoint", "verify", "ck"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if v.returncode:
        sys.exit("verify: " + v.stdout.decode())


# ---- from a topic ----

def read(name, *more):
    return pipeline(["medal-ingest", "--checkpoint", "ck", "-b", proxy.address, "-t", name, "-X",
                     "fetch.message.max.bytes=1000", "--max-records", "600", *more],
                    ["medal-write", "-q", "table"], ["medal-checkpoint", "-q", "commit"])


def fresh():
    proxy.heal()
    proxy.reset_all()
    for folder in "ck", "table":
        shutil.rmtree(folder, ignore_errors=True)


def fill(name, rows=1000, piece=50):
    """In batches of PIECE records."""
    for i in range(0, rows, piece):
        text = "".join('{"n":%d,"pad":"%s"}\n' % (n, "x" * (n % 60)) for n in range(i, i + piece))
        subprocess.run(["kcat", "-m", "240", "-P", "-b", direct, "-t", name, "-p", str(i // piece % 2)], input=text.encode(), check=True)


def same_rows(name, what):
    want, got = committed(name), table()
    if got != want:
        sys.exit("%s: %d rows of %d, %d of them twice" % (what, len(got), len(want), len(got) - len(set(got))))
    verify()


def to_words(words):
    """A message: where, and what to do; what librdkafka says is between them."""
    words = re.sub(r"\[\d\]|offset \d+", lambda m: re.sub(r"\d+", "N", m.group()), words.replace(proxy.address, "BROKER"))
    return re.sub(r"^medal-ingest: error: (.*?BROKER).*; ", r"\1 ...; ", words.rstrip())


def one_source(name, action, api, way, number):
    """One fault, and runs until one is well: did what it waits for come?"""
    fresh()
    proxy.rule = rule = once(api, number, way, action)
    until_done(lambda: read(name))
    same_rows(name, "%s at %s %d of %s" % (action, way, number, names[api]))
    return rule.met


def source():
    name = topic(2)
    fill(name)
    met = {}
    numbers = {(RESET, VERSIONS): (1,), (RESET, METADATA): (1, 2), (RESET, LIST_OFFSETS): (1, 2), (RESET, FETCH): (1, 2, 5),
               (DEAD, VERSIONS): (1,), (DEAD, METADATA): (1,), (DEAD, LIST_OFFSETS): (1,), (DEAD, FETCH): (3,)}
    for action in RESET, DEAD:
        for api in VERSIONS, METADATA, LIST_OFFSETS, FETCH:
            for way in REQUEST, ANSWER:
                for number in numbers[action, api]:
                    met[action] = met.get(action, 0) + one_source(name, action, api, way, number)
    print("connections reset:", "enough" if met[RESET] >= 12 else met)
    print("half-open:", "enough" if met[DEAD] >= 7 else met)
    for what, value in ("delay", 0.05), ("rate", 60000):
        fresh()
        setattr(proxy, what, value)
        until_done(lambda: read(name))
        same_rows(name, what)
        print(what, "equal")

    print("for good:")

    def refused(what, action):
        fresh()
        answer_within(1)
        action()
        status, words = finish(read(name, "--broker-timeout", "8s"))
        print("%s: %d %s" % (what, status, to_words(words)))
        proxy.heal()
        proxy.reset_all()
        until_done(lambda: read(name))
        same_rows(name, what)

    def hold_from_fetch():
        proxy.rule = once(FETCH, 3, REQUEST, lambda frame: setattr(proxy, "holding", True) or PASS)

    refused("nobody listens", proxy.close)
    refused("nobody answers", lambda: setattr(proxy, "holding", True))
    refused("an answer takes for ever", lambda: setattr(proxy, "rate", 1))
    refused("no answer in the middle", hold_from_fetch)

    # a run that follows says so and goes on
    fresh()
    answer_within(5)
    started = read(name, "--follow", "--trigger", "50ms", "--broker-timeout", "10s", "-X",
                   "topic.metadata.refresh.interval.ms=300")
    wait_for(lambda: table() == committed(name), started)
    proxy.close()
    wait_for(lambda: b"still waiting" in said(started), started)
    fill(name, 100)
    proxy.heal()
    wait_for(lambda: table() == committed(name) and b"answer again" in said(started), started)
    started[0].terminate()
    finish(started)
    same_rows(name, "follow")
    # once for each time; a machine that stood still is one more
    if not re.fullmatch(rb"(medal-ingest: warning: .*; still waiting\nmedal-ingest: warning: the brokers answer again\n)+",
                        said(started)):
        sys.exit("follow: " + said(started).decode())
    print("follow: said, equal")


def said(started):
    with open(started[2], "rb") as f:
        return f.read()


def wait_for(what, started, seconds=600):
    for _ in range(seconds * 20):
        if what():
            return
        if started[0].poll() is not None:
            sys.exit("it ended by itself: " + said(started).decode())
        time_passes()
    sys.exit("waited in vain: " + said(started).decode())


def time_passes():
    with proxy.lock:
        proxy.lock.wait(0.05)


# ---- into a topic ----

def write(name):
    return pipeline(["medal-ingest", "-q", "--checkpoint", "ck", "--max-files", "1", "in"],
                    ["medal-write", "-q", "-b", proxy.address, "kafka:" + name], ["medal-checkpoint", "-q", "commit"])


def late(api, number):
    """What a request holds is sent when the client has sent it again and was answered: it comes to the broker twice."""
    def rule(an_api, way, n, _frame):
        if (an_api, way, n) == (api, REQUEST, number):
            rule.met = True
            return HOLD
        rule.answered |= rule.met and an_api == api and way == ANSWER and n >= number
        return PASS
    rule.met = rule.answered = False
    return rule


SETTING_UP = VERSIONS, METADATA, FIND_COORDINATOR, INIT_PRODUCER
EPOCH = PRODUCE, ADD_PARTITIONS, ADD_OFFSETS, TXN_OFFSETS, END_TXN


def make_input():
    """Of two epochs; its rows."""
    os.mkdir("in")
    for i in range(2):
        with open("in/%d.ndjson" % i, "w", encoding="ascii") as f:
            f.writelines('{"n":%d}\n' % n for n in range(i * 100, i * 100 + 100))
    return sorted(b'{"n":%d}' % n for n in range(200))


def one_sink(want, action, api, way, number):
    """One fault, and runs until one is well: did what it waits for come?"""
    fresh()
    name = topic()
    what = "%s at %s %d of %s" % (action, way, number, names[api])
    proxy.rule = rule = late(api, number) if action == "late" else once(api, number, way, action)
    if action == "late":
        answer_within(1)
        started = write(name)
        while not rule.answered and started[0].poll() is None:
            time_passes()
        proxy.heal()
        status, words = finish(started)
        if status not in (0, 75):
            sys.exit("%s: status %d: %s" % (what, status, words))
    until_done(lambda: write(name))
    got = committed(name)
    if got != want:
        sys.exit("%s: %d rows of %d, %d of them twice" % (what, len(got), len(want), len(got) - len(set(got))))
    verify()
    return rule.met


def sink():
    want = make_input()
    met = {}
    faults = [(RESET, api, way, 1 + (api in EPOCH)) for way in (REQUEST, ANSWER) for api in SETTING_UP + EPOCH]
    faults += [(DEAD, api, way, 2) for way in (REQUEST, ANSWER) for api in EPOCH]
    faults += [("late", api, REQUEST, 2) for api in EPOCH]
    for fault in faults:
        met[fault[0]] = met.get(fault[0], 0) + one_sink(want, *fault)
    for action, n in met.items():
        print(action, "enough" if n >= 4 else n)


def chance():
    """So many faults, drawn by a seed, from both sides."""
    print("seed", sys.argv[3], file=sys.stderr)
    rng = random.Random(int(sys.argv[3]))
    name = topic(2)
    fill(name)
    want = make_input()
    met = 0
    while met < int(os.environ["FAULTS"]):
        way, number = rng.choice((REQUEST, ANSWER)), rng.randint(1, 4)
        if rng.random() < 0.5:
            met += one_source(name, rng.choice((RESET, RESET, DEAD)), rng.choice((VERSIONS, METADATA, LIST_OFFSETS, FETCH)),
                              way, number)
        else:
            met += one_sink(want, rng.choice((RESET, RESET, DEAD, "late")), rng.choice(SETTING_UP + EPOCH), way, number)
    print("rows equal")


# ---- damage ----

def batches(frame):
    """Where record batches of format 2 stand in a fetch answer, and their lengths."""
    i = 0
    while i + 61 <= len(frame):
        first, n = struct.unpack(">qi", frame[i:i + 12])
        if 0 <= first < 1 << 20 and 49 <= n <= len(frame) - i - 12 and frame[i + 16] == 2:
            yield i, n + 12
            i += n + 12
        else:
            i += 1


def damage():
    """A bit of the Nth answer: in what the batch's CRC covers, and in its base offset where that leads out of the log."""
    print("seed", sys.argv[3], file=sys.stderr)
    rng = random.Random(int(sys.argv[3]))
    name = topic(2)
    fill(name)
    first = committed(name)

    def flip(frame):
        found = list(batches(frame))
        if not found:
            flip.hit = False
            return PASS
        i, n = rng.choice(found)
        bit = rng.randrange(i * 8 + 1, i * 8 + 48) if rng.random() < 0.2 else rng.randrange((i + 17) * 8, (i + n) * 8)
        flip.hit = True
        return frame[:bit // 8] + bytes([frame[bit // 8] ^ 128 >> bit % 8]) + frame[bit // 8 + 1:]

    hits = 0
    while hits < int(os.environ.get("FLIPS", "60")):
        fresh()
        flip.hit = False
        proxy.rule = once(FETCH, rng.randrange(1, 15), ANSWER, flip)
        words = until_done(lambda: read(name), 60)  # all answers come, and a slow one is no damage
        same_rows(name, "a flipped bit")
        # what was fetched and not needed is looked at by nobody
        if not flip.hit or not words:
            continue
        hits += 1
        if not all(name + " [" in w and "offset" in w and "run again" in w for w in words):
            sys.exit("a message does not name what it is about: " + "".join(words))
    print("damage is told, and no row was wrong" if table() == first else "wrong")


globals()[sys.argv[1]]()
print(runs, "runs,", again, "to be run again", file=sys.stderr)
