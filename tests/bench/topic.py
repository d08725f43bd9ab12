# SPDX-License-Identifier: MIT
"""A Kafka broker for the jobs that want one: two topics of one partition, one filled with the events."""
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
LOCAL = os.path.join(os.path.dirname(HERE), "kafka", "kafka-local")
PORT = "18092"


class Broker:
    """Runs while it is entered."""

    def __init__(self, cache, events):
        self.folder, self.events = os.path.join(cache, "kafka"), events

    def local(self, *words):
        p = subprocess.run([LOCAL, "--dir", self.folder, *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if p.returncode:
            sys.exit("bench: " + (p.stdout.strip().splitlines() or ["kafka-local failed"])[-1])

    def __enter__(self):
        if not shutil.which("kcat"):
            sys.exit("bench: the job kafka needs kcat (apt-get install kcat), Java 17 and Maven")
        self.local("stop", "--wipe")
        self.local("start", "--port", PORT, "--heap", "512m")
        brokers = "127.0.0.1:" + PORT
        for topic in "events", "copies":
            self.local("topic", topic, "1")
        with open(self.events, "rb") as f:
            subprocess.run(["kcat", "-P", "-b", brokers, "-t", "events", "-X", "linger.ms=50"], stdin=f, check=True)
        return {"brokers": brokers}

    def __exit__(self, *_):
        self.local("stop", "--wipe")
