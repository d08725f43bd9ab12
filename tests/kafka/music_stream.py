#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The music system's stream variant under kills: tests/systems/music in a copy, its four topics filled while all hops
run; programs chosen at random are killed with SIGKILL, and brokers, too.

    BROKERS=... music_stream.py --rows 20000 --kills 10 --broker-kills 1 --seed 5      in the copy of the folder

Afterwards the hops run to their end, and check.py holds every layer against the simulator's truth and the batch
variant. The topic of the gold table is read by kcat and must be that table. KAFKA is the command that kills and starts brokers."""
import argparse
import json
import os
import random
import signal
import subprocess
import sys
import time

TYPES = "listen_events", "page_view_events", "auth_events", "status_change_events"


def programs():
    """The medal programs of this session."""
    mine, found = os.getsid(0), []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/comm", encoding="ascii", errors="replace") as f:
                name = f.read().strip()
            if name.startswith("medal-") and os.getsid(int(pid)) == mine:
                found.append((int(pid), name))
        except OSError:
            pass
    return sorted(found)


def produce(args):
    """One producer a type: the rows of its file, as bytes (cut off lines, too), by a producer that waits for brokers."""
    producers = []
    for name in TYPES:
        f = open(f"input/{name}.ndjson", "rb")
        cat = subprocess.Popen([os.environ["MEDAL_BUILD"] + "/test/kafka_admin", os.environ["BROKERS"], "produce", name,
                                "-1"], stdin=subprocess.PIPE)
        producers.append((cat, f, max(1, os.path.getsize(f.name) // args.pieces)))
    for _ in range(args.pieces + 2):
        for cat, f, piece in producers:
            cat.stdin.write(b"".join(f.readlines(piece)))
            cat.stdin.flush()
        yield
    for cat, f, _ in producers:
        cat.stdin.write(f.read())
        cat.stdin.close()
        if cat.wait():
            sys.exit(f"{f.name} could not be produced")


def kafka(*words):
    subprocess.run([*os.environ["KAFKA"].split(), *words], check=True, stderr=subprocess.DEVNULL)


def kill_one(rng):
    """One of the programs that run, as soon as there is one; its name."""
    for _ in range(6000):
        running = programs()
        try:
            pid, name = rng.choice(running)
            os.kill(pid, signal.SIGKILL)
            return name
        except (IndexError, ProcessLookupError):
            time.sleep(0.1)
    sys.exit("for ten minutes there was no program to kill")


def disturb(args, rng, pieces):
    """Kills while the producers write; the last kills come when they are done."""
    events = ["kill"] * args.kills + ["broker"] * args.broker_kills
    rng.shuffle(events)
    killed = {}
    every = max(1, len(events) // (args.pieces + 2))
    done = False
    while events or not done:
        for event in [events.pop() for _ in range(min(len(events), every))]:
            time.sleep(rng.uniform(0.05, args.pause))
            if event == "broker":
                kafka("kill", "1")
                time.sleep(rng.uniform(0, 1))
                kafka("start")
                name = "broker"
            else:
                name = kill_one(rng)
            killed[name] = killed.get(name, 0) + 1
        time.sleep(args.pause / 4)
        if not done and next(pieces, "done") == "done":
            done = True
    return killed


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--rows", type=int, default=20000)
    p.add_argument("--kills", type=int, default=10)
    p.add_argument("--broker-kills", type=int, default=1)
    p.add_argument("--pieces", type=int, default=20, help="in so many portions the events come")
    p.add_argument("--pause", type=float, default=1.0, help="longest time between kills, in seconds")
    p.add_argument("--seed", type=int, default=1)
    args = p.parse_args()
    rng = random.Random(args.seed)
    print(f"seed {args.seed}", file=sys.stderr)
    subprocess.run(["medal-simulate", "-q", "music", "--rows", str(args.rows), "--users", "2000", "--duplicates", "2%",
                    "--malformed", "2%", "--late", "2%", "--late-by", "20m", "--seed", str(args.seed),
                    "--output-dir", "input", "--truth", "truth.json"], check=True)
    with open("follow.log", "wb") as log:
        stream = subprocess.Popen(["./pipeline.sh", "follow"], stdout=log, stderr=log, process_group=0)
        killed = disturb(args, rng, produce(args))
        if stream.poll() is not None:
            sys.exit(f"the stream ended by itself: {stream.returncode}, see follow.log")
        stream.send_signal(signal.SIGTERM)
        stream.wait(timeout=1200)
    print("killed", json.dumps(killed, sort_keys=True), file=sys.stderr)


main()
