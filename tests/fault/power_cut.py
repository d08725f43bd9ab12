#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What power cuts leave of a run of real programs, and what the next run makes of it.

    tests/fault/power_cut.py --every 1                      all moments of a run of six epochs
    tests/fault/power_cut.py --every 40 --seed 7            a sample; the seed replays
    tests/fault/power_cut.py --only 217 --how none --keep

A pipeline runs with trace_calls.so, which writes down each change of a file or directory. For a moment (a prefix of
these calls) the disk is built as a power cut could leave it:

  - bytes of a file are safe up to its last fsync; what was written after it is gone, there, there as zeros, or there in part;
  - names of a directory are safe up to the fsync of that directory; of later ones none, all, the first few or any
    few may be there. A rename is one change, and safe with the fsync of the directory that gets the name.

Then must hold: each file that the log of a table lists is there with its rows; each epoch whose commit was synced is
committed; the same command ends well, and the tables are those of the undisturbed run; medal-checkpoint verify agrees.

--kills also takes runs that were killed and gone on with, for a kill leaves names that no sync has made safe; --again
runs that begin at what a cut has left. --forget fsync, dirs or files is the driver's own check: these syncs are left
out of the trace, as if the programs had none, and the driver must find wrong tables; it takes up to 30 samples for that.
"""
import argparse
import json
import os
import random
import shutil
import sys
import time
import urllib.parse

import harness

HOW = ["none", "all", "zeros", "few"]
ROUNDS = 30


class File:
    def __init__(self):
        self.data = bytearray()
        self.safe = b""

    def write(self, at, data):
        if len(self.data) < at:
            self.data.extend(bytes(at - len(self.data)))
        self.data[at:at + len(data)] = data

    def size(self, n):
        del self.data[n:]
        self.data.extend(bytes(n - len(self.data)))

    def sync(self):
        self.safe = bytes(self.data)

    def left(self, how, rng):
        if how == "few":
            how = rng.choice(["none", "all", "zeros", "part"])
        if how == "none" or self.safe == self.data:
            return self.safe
        if how == "all":
            return bytes(self.data)
        n = len(os.path.commonprefix([self.safe, bytes(self.data)]))
        if how == "zeros":
            return bytes(self.data[:n]) + bytes(len(self.data) - n)
        return bytes(self.data[:rng.randint(n, len(self.data))])


class Directory:
    """Names that programs see, names on the disk, and the changes between, oldest first."""

    def __init__(self):
        self.names, self.safe, self.waiting = {}, {}, []

    def sync(self):
        for change in self.waiting:
            if not change.made or change.made[0] is self:
                change.apply()
        self.waiting = [c for c in self.waiting if not c.done]


class Change:
    """One change of names: GONE from a directory, and MADE in one; both for a rename."""
    count = 0

    def __init__(self, gone=None, made=None):
        Change.count += 1
        self.number = Change.count
        self.gone, self.made, self.done = gone, made, False
        for d in {id(x[0]): x[0] for x in (made, gone) if x}.values():
            d.waiting.append(self)
        self.to("names")

    def to(self, which):
        if self.gone:
            getattr(self.gone[0], which).pop(self.gone[1], None)
        if self.made:
            getattr(self.made[0], which)[self.made[1]] = self.made[2]

    def apply(self):
        if self.done:
            return
        self.done = True
        self.to("safe")
        for c in self.gone[0].waiting if self.gone else []:
            # the name that is gone for good does not come back
            if c.number < self.number and c.made and c.made[:2] == self.gone:
                c.done = True


class Disk:
    """Inodes by number. An inode is a File, a Directory or None (a FIFO)."""

    def __init__(self, forget):
        self.nodes = {}
        self.directories = []  # also those whose inode is another's now
        self.forget = forget
        self.root = None

    def directory(self):
        self.directories.append(Directory())
        return self.directories[-1]

    def read(self, path):
        """What was there before: all of it is safe."""
        d = self.nodes[os.stat(path).st_ino] = self.directory()
        for e in os.scandir(path):
            if e.is_dir(follow_symlinks=False):
                node = self.read(e.path)
            elif not e.is_file(follow_symlinks=False):
                node = self.nodes[e.inode()] = None
            else:
                node = File()
                with open(e.path, "rb") as f:
                    node.data = bytearray(f.read())
                node.sync()
                self.nodes[e.inode()] = node
            d.names[e.name] = d.safe[e.name] = node
        return d

    def step(self, call):
        what, *a = call
        if what == "write":
            f = self.nodes.get(a[0])
            if f:
                f.write(a[1], a[2])
        elif what == "size":
            f = self.nodes.get(a[0])
            if f:
                f.size(a[1])
        elif what == "sync":
            node = self.nodes.get(a[0])
            kind = "dirs" if isinstance(node, Directory) else "files"
            if node and self.forget not in ("fsync", kind):
                node.sync()
        elif what == "entry":
            d, name, i, kind = a
            if d not in self.nodes:
                return
            there = self.nodes.get(i)
            # a second name for a file, or a new inode, whose number may have been another's
            if kind != "f" or there is None or not self.linked(there):
                self.nodes[i] = {"f": File, "d": self.directory, "p": lambda: None}[kind]()
            Change(made=(self.nodes[d], name, self.nodes[i]))
        elif what == "drop":
            if a[0] in self.nodes:
                Change(gone=(self.nodes[a[0]], a[1]))
        elif what == "move":
            d, name, d2, name2, i = a
            if d in self.nodes and d2 in self.nodes:
                Change((self.nodes[d], name), (self.nodes[d2], name2, self.nodes[i]))

    def linked(self, node):
        return any(node is n for d in self.directories for n in d.names.values())

    def cut(self, path, how, rng):
        """Write what is left to PATH."""
        waiting = sorted({c for d in self.directories for c in d.waiting if not c.done},
                         key=lambda c: c.number)
        safe = {id(d): dict(d.safe) for d in self.directories}
        if how == "all":
            kept = waiting
        elif how == "few":
            kept = waiting[:rng.randint(0, len(waiting))] if rng.random() < 0.5 else [
                c for c in waiting if rng.random() < 0.5]
        else:
            kept = waiting if how == "zeros" else []
        for c in kept:
            if c.gone:
                safe[id(c.gone[0])].pop(c.gone[1], None)
            if c.made:
                safe[id(c.made[0])][c.made[1]] = c.made[2]
        self.put(self.root, path, safe, how, rng)

    def put(self, d, path, safe, how, rng):
        os.makedirs(path, exist_ok=True)
        for name, node in safe[id(d)].items():
            p = os.path.join(path, name)
            if isinstance(node, Directory):
                self.put(node, p, safe, how, rng)
            elif node is None:
                os.mkfifo(p)
            elif not p.startswith(self.input):
                with open(p, "wb") as f:
                    f.write(node.left(how, rng))


def read_trace(path):
    with open(path, "rb") as f:
        data = f.read()
    calls, at = [], 0
    while at < len(data):
        nl = data.index(b"\n", at)
        what, *a = data[at:nl].decode("ascii").split(" ")
        at = nl + 1
        if what == "write":
            n = int(a[2])
            calls.append((what, int(a[0]), int(a[1]), data[at:at + n]))
            at += n + 1
        elif what in ("size", "sync"):
            calls.append((what, *map(int, a)))
        elif what == "entry":
            calls.append((what, int(a[0]), urllib.parse.unquote(a[1]), int(a[2]), a[3]))
        elif what == "drop":
            calls.append((what, int(a[0]), urllib.parse.unquote(a[1])))
        else:
            calls.append((what, int(a[0]), urllib.parse.unquote(a[1]), int(a[2]), urllib.parse.unquote(a[3]), int(a[4])))
    return calls


class Story:
    """Runs in one folder, traced: the first may be killed, the next goes on; and the disk before them."""

    def __init__(self, pipeline, folder, forget):
        self.pipeline, self.folder, self.forget = pipeline, folder, forget
        self.trace = os.path.join(folder.top, "trace")
        if os.path.exists(self.trace):
            os.unlink(self.trace)

    def tell(self, kill=None):
        """KILL: (program, N): the first run is killed before the Nth change that the program makes."""
        disk, self.disk = self.new_disk(), self.new_disk()
        build = os.environ["MEDAL_BUILD"] + "/test/"
        if kill:
            harness.run(self.pipeline, self.folder.path, LD_PRELOAD=f"{build}trace_calls.so:{build}nth_call.so",
                        MEDAL_TRACE=self.trace, MEDAL_FAULT_IN=kill[0], MEDAL_FAULT_AT=str(kill[1]),
                        MEDAL_FAULT="kill")
        statuses, said = harness.run(self.pipeline, self.folder.path, LD_PRELOAD=build + "trace_calls.so",
                                     MEDAL_TRACE=self.trace)
        if statuses is None or any(statuses):
            raise SystemExit(f"the traced run fails: {statuses} {said}")
        self.calls = read_trace(self.trace)
        # the trace must be the whole truth: all calls give the very disk that is there
        for call in self.calls:
            disk.step(call)
        self.same(disk.root, Disk(None).read(self.folder.path), "")
        return self

    def new_disk(self):
        disk = Disk(self.forget)
        disk.root = disk.read(self.folder.path)
        disk.input = os.path.join(self.folder.path, "in/")
        return disk

    def same(self, told, there, path):
        a, b = ({n: x for n, x in d.names.items() if (path, n) != ("", "status")} for d in (told, there))
        if sorted(a) != sorted(b):
            raise SystemExit(f"the trace of {path or '.'} is not the truth: {sorted(set(a) ^ set(b))}")
        for name, node in a.items():
            if isinstance(node, Directory):
                self.same(node, b[name], f"{path}/{name}")
            elif node and node.data != b[name].data:
                raise SystemExit(f"the trace of {path}/{name} is not the truth")

    def moments(self):
        """(N, disk) after each call."""
        for n, call in enumerate(self.calls):
            self.disk.step(call)
            yield n + 1, self.disk


def acknowledged(disk, pipeline):
    """{checkpoint: newest epoch whose commit is safe from a cut}: the run has built on it, or told its user."""
    newest = {}
    for ck in pipeline.checkpoints:
        node = disk.root
        for part in (ck, "commits"):
            node = node.safe.get(part) if node else None
        newest[ck] = max([int(n) for n in (node.safe if node else {}) if n.isdigit()], default=-1)
    return newest


def judge(pipeline, folder, good, safe):
    try:
        now = harness.tables(pipeline, folder)
    except (OSError, ValueError) as e:
        return f"after the cut a table cannot be read: {e}"
    wrong = harness.wrong_rows(pipeline, good, now)
    if wrong:
        return "after the cut " + wrong
    wrong = harness.goes_on(pipeline, folder, good)
    if wrong:
        return wrong
    for ck, n in safe.items():
        if n >= 0 and not os.path.exists(f"{folder}/{ck}/commits/{n}"):
            return f"{ck}/commits/{n} was safe and is gone"
    return None


class Cutter:
    def __init__(self, args, pipeline):
        self.args, self.pipeline = args, pipeline
        self.done = self.failed = 0
        self.folder = harness.Folder(args.epochs)
        self.good = harness.undisturbed(pipeline, self.folder.path)
        harness.check_counts(pipeline, self.good, self.folder.epochs)
        self.folder.reset()

    def cuts(self, story, name, every, rng):
        offset = rng.randint(1, every)
        for n, disk in story.moments():
            if self.args.only is not None and n != self.args.only or self.args.only is None and (n + offset) % every:
                continue
            for how in [self.args.how] if self.args.how else HOW:
                self.folder.reset()
                disk.cut(self.folder.path, how, random.Random(f"{self.args.seed}/{name}/{n}"))
                safe = acknowledged(disk, self.pipeline)
                wrong = judge(self.pipeline, self.folder.path, self.good, safe)
                self.done += 1
                if wrong:
                    self.failed += 1
                    if self.args.forget:
                        return
                    print(f"{self.pipeline.name}, {name}, call {n} ({story.calls[n - 1][0]}), {how}: {wrong}")
                    if self.args.keep:
                        print(f"kept: {self.folder.keep()}")


def stories(c, args, rng):
    """(name, story) of each trace that is cut."""
    c.folder.reset()
    yield "one run", Story(c.pipeline, c.folder, args.forget).tell()
    for _ in range(args.kills):
        kill = rng.choice(["medal-ingest", "medal-dedupe", "medal-write", "medal-checkpoint"]), rng.randint(1, 90)
        c.folder.reset()
        yield "{} killed at {}".format(*kill), Story(c.pipeline, c.folder, args.forget).tell(kill)
    for _ in range(args.again):
        c.folder.reset()
        story = Story(c.pipeline, c.folder, args.forget).tell()
        n = rng.randint(1, len(story.calls))
        for k, disk in story.moments():
            if k == n:
                c.folder.reset()
                disk.cut(c.folder.path, "few", rng)
                break
        yield f"cut at {n}, and again", Story(c.pipeline, c.folder, args.forget).tell()


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--pipeline", choices=list(harness.PIPELINES), default="rows")
    p.add_argument("--every", type=int, default=1, metavar="N", help="only each Nth moment")
    p.add_argument("--only", type=int, metavar="N", help="only this moment")
    p.add_argument("--how", choices=HOW, help="only this kind of loss")
    p.add_argument("--epochs", type=int, default=5)
    p.add_argument("--kills", type=int, default=0, metavar="K", help="also K runs that are killed and gone on with")
    p.add_argument("--again", type=int, default=0, metavar="K", help="also K runs that begin after a cut")
    p.add_argument("--seed", type=int, default=int(time.time()), metavar="S")
    p.add_argument("--forget", choices=["fsync", "dirs", "files"], help="leave these syncs out: wrong tables must be found")
    p.add_argument("--keep", action="store_true")
    a = p.parse_args()
    print(f"seed {a.seed}", file=sys.stderr)
    c = Cutter(a, harness.PIPELINES[a.pipeline])
    rng = random.Random(a.seed)
    # A sample may miss what is wrong without syncs, so others are taken until it is found.
    for _ in range(ROUNDS if a.forget else 1):
        for name, story in stories(c, a, rng):
            c.cuts(story, name, a.every, rng)
            if a.forget and c.failed:
                break
        if c.failed:
            break
    c.folder.remove()
    if a.forget:
        print("wrong tables are found" if c.failed else f"{c.done} cuts without {a.forget}, and nothing was found")
        return 0 if c.failed else 1
    print(f"{a.pipeline}: {c.done} power cuts", file=sys.stderr)
    print(f"{c.failed} of {c.done} went wrong" if c.failed else "all well")
    return 1 if c.failed else 0


if __name__ == "__main__":
    sys.exit(main())
