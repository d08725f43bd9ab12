#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Damages the files of a checkpoint and of its tables' logs, goes on, and looks at the tables.

    tests/fault/damage.py flip --times 500 --seed 7     bits of files chosen by the seed
    tests/fault/damage.py cut                           each file at each length
    tests/fault/damage.py zeros                         each file as zeros from each eighth of it on
    tests/fault/damage.py gone                          each file missing
    tests/fault/damage.py stray                         files of others: editor's backups, other spellings, temporary names
    tests/fault/damage.py flip --only offsets/2 --keep

The checkpoint is of a run that was killed: after a commit, before a decision, and after one. After the damage the same
command must give the tables of the undisturbed run, or be refused with a message that names the file, and give them
once the file is whole again. A wrong row, a lost one or a doubled one is what there must never be.

A run does not read all files again (the log of a table that another epoch wrote, an old commit). So where it took no
notice, and the damage is still there after it, "medal-checkpoint verify --tables" must find it, or it is one of those that
harmless() below lists: what medal does not read, and Spark does not believe or fails on aloud.
"""
import argparse
import json
import os
import random
import shutil
import sys
import time

import harness

PIPELINE = harness.ROWS
# How the run that left the checkpoint was killed: program, call, path, when, the Nth.
KILLS = {
    "committed": ("medal-ingest", "fsync", "*/commits", "after", 3),
    "planned": ("medal-checkpoint", "link", "*/medal/ledger/*", "before", 3),
    "decided": ("medal-checkpoint", "link", "*/medal/ledger/*", "after", 3),
}
SAFE = ("lock",)


# Members of a line of a table's log that say nothing of rows. medal does not read them; Spark wants them to be there and
# right in form, and fails otherwise.
IDLE = {"isDir", "modificationTime", "blockReplication", "blockSize", "action"}
# Of offsets/N: what Spark wrote down of its own settings, and when. Before the decision there is no checksum of it.
IDLE_OFFSETS = {"conf", "batchTimestampMs"}


def lines(data):
    """The lines of a log of Spark's, as documents where they are; None when it has no such form."""
    text = data.decode("utf-8", "surrogateescape").split("\n")
    try:
        return text[:1] + [x and (json.loads(x) if x[0] == "{" else x) for x in text[1:]]
    except ValueError:
        return None


def harmless(before, after):
    """Is it only such a member that differs, by its value or, unless two are the same then, its name?"""
    a, b = lines(before), lines(after or b"")
    if not a or not b or a[0] != "v1" or b[0] != "v1" or len(a) != len(b):
        return False
    for x, y in zip(a[1:], b[1:]):
        if x == y:
            continue
        if not isinstance(x, dict) or not isinstance(y, dict):
            return False
        idle = IDLE if "path" in x else IDLE_OFFSETS if "conf" in x else set()
        if any(y.get(k) != v for k, v in x.items() if k not in idle):
            return False
    return True


class Site:
    """A folder as a killed run left it, to be brought back as often as wanted."""

    def __init__(self, kind):
        self.folder = harness.Folder()
        self.path = self.folder.path
        self.good = harness.undisturbed(PIPELINE, self.path)
        self.folder.reset()
        program, call, path, when, at = KILLS[kind]
        harness.run(PIPELINE, self.path, LD_PRELOAD=os.environ["MEDAL_BUILD"] + "/test/nth_call.so", MEDAL_FAULT="kill",
                    MEDAL_FAULT_IN=program, MEDAL_FAULT_CALL=call, MEDAL_FAULT_PATH=path, MEDAL_FAULT_WHEN=when,
                    MEDAL_FAULT_AT=str(at))
        # what a dead run leaves of itself is no file that anybody reads
        shutil.rmtree(f"{self.path}/ck/medal/run")
        self.kept = os.path.join(self.folder.top, "kept")
        os.rename(self.path, self.kept)
        self.files = sorted(os.path.relpath(os.path.join(d, n), self.kept) for d, _, names in os.walk(self.kept)
                            for n in names if n not in SAFE and (d.startswith(f"{self.kept}/ck") or
                                                                 "/_spark_metadata" in d or n.startswith("_medal")))

    def restore(self):
        shutil.rmtree(self.path, ignore_errors=True)
        shutil.copytree(self.kept, self.path, copy_function=shutil.copy2)

    def content(self, name):
        with open(os.path.join(self.kept, name), "rb") as f:
            return f.read()

    def still(self, path, data):
        """Does the file stand there as it was damaged, and does the checkpoint still name it?"""
        # what is gone looks as after a purge, or as another engine's epoch, which verify counts as unproved
        if data is None or not os.path.exists(path):
            return False
        with open(path, "rb") as f:
            if f.read() != data:
                return False
        # a dead run's state, which no ledger names
        return "/state/" not in path or self.named(os.path.basename(path))

    def named(self, state):
        ledgers = f"{self.path}/ck/medal/ledger"
        texts = []
        for n in os.listdir(ledgers):
            if n.isdigit():
                with open(f"{ledgers}/{n}", encoding="utf-8", errors="replace") as f:
                    texts.append(f.read())
        return any(state in t for t in texts)

    def judge(self, name, data):
        """What is wrong when file NAME is DATA (None: gone), or None; and whether it was refused."""
        self.restore()
        path = os.path.join(self.path, name)
        if data is None:
            os.unlink(path)
        else:
            with open(path, "wb") as f:
                f.write(data)
        statuses, said = harness.run(PIPELINE, self.path)
        if statuses is None:
            return said, False
        try:
            now = harness.tables(PIPELINE, self.path)
        except (OSError, ValueError, KeyError) as e:
            # the table's own log is damaged: python reads it no better
            now = None if any(statuses) else f"a table cannot be read: {e}"
        if not any(statuses):
            other = now if isinstance(now, str) else harness.differences(self.good, now)
            # a run does not read what it wrote to a table long ago; verify does
            if other and name.startswith("tables/") and harness.verify(PIPELINE, self.path):
                return None, True
            if not other and not harmless(self.content(name), data) and self.still(path, data) and \
                    not harness.verify(PIPELINE, self.path):
                return "it stays as it is, and verify says nothing", False
            return (f"taken without a word, and other rows: {other}" if other else None), False
        folder = os.path.dirname(name)
        named = [os.path.basename(name), folder, f"{os.path.basename(folder)}/", "/".join(name.split("/")[:2])]
        if statuses[-1] not in (2, 75) or "error: " not in said:
            return f"{statuses} {said}", True
        if not any(n in said for n in named):
            return f"refused, but the message names no such file: {said}", True
        wrong = harness.wrong_rows(PIPELINE, self.good, now) if now else None
        if wrong:
            return f"refused, but {wrong}", True
        # once the file is there again, the refused run has done no harm
        os.makedirs(os.path.dirname(path), exist_ok=True)
        shutil.copy2(os.path.join(self.kept, name), path)
        return harness.goes_on(PIPELINE, self.path, self.good), True


def damages(args, site, rng):
    """(what, file, content) of each damage."""
    files = [f for f in site.files if args.only in f]
    if args.mode == "flip":
        for _ in range(args.times):
            name = rng.choice(files)
            data = bytearray(site.content(name))
            if data:
                bit = rng.randrange(len(data) * 8)
                data[bit // 8] ^= 1 << bit % 8
                yield f"bit {bit} of", name, bytes(data)
        return
    for name in files:
        data = site.content(name)
        if args.mode == "gone":
            yield "without", name, None
        elif args.mode == "cut":
            for n in range(rng.randrange(args.every), len(data), args.every):
                yield f"{n} bytes of", name, data[:n]
        elif args.mode == "zeros":
            for n in range(8):
                at = len(data) * n // 8
                yield f"zeros from {at} of", name, data[:at] + bytes(len(data) - at)


def stray(site):
    """Files that are nobody's: they must be ignored, or refused by name."""
    for name in [f for f in site.files if os.path.basename(f).isdigit()]:
        folder, base = os.path.split(name)
        for other in (f"0{base}", f"{base}~", f".{base}.99.tmp", f"#{base}#", f"{base}.bak", f".{base}.swp"):
            yield "stray", os.path.join(folder, other), site.content(name)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("mode", choices=["flip", "cut", "zeros", "gone", "stray"])
    p.add_argument("--after", choices=list(KILLS), action="append", help="only checkpoints of runs that were killed so")
    p.add_argument("--times", type=int, default=100, metavar="N", help="flips of each checkpoint")
    p.add_argument("--every", type=int, default=1, metavar="N", help="only each Nth length")
    p.add_argument("--seed", type=int, default=int(time.time()), metavar="S")
    p.add_argument("--only", metavar="TEXT", default="", help="files whose path holds TEXT")
    p.add_argument("--keep", action="store_true")
    a = p.parse_args()
    print(f"seed {a.seed}", file=sys.stderr)
    rng = random.Random(a.seed)
    done = failed = refused = 0
    for kind in a.after or KILLS:
        site = Site(kind)
        if a.mode == "stray":
            for _, name, data in stray(site):
                site.restore()
                with open(os.path.join(site.path, name), "wb") as f:
                    f.write(data)
                wrong = harness.goes_on(PIPELINE, site.path, site.good)
                done += 1
                if wrong:
                    failed += 1
                    print(f"{kind}, stray {name}: {wrong}", flush=True)
        else:
            for what, name, data in damages(a, site, rng):
                wrong, was_refused = site.judge(name, data)
                done += 1
                refused += was_refused
                if wrong:
                    failed += 1
                    print(f"{kind}, {what} {name}: {wrong}", flush=True)
                    if a.keep:
                        print(f"kept: {site.folder.keep()}")
        site.folder.remove()
    print(f"{done} damages, {refused} refused", file=sys.stderr)
    print(f"{failed} of {done} went wrong" if failed else "all well" if done else "nothing to damage")
    return 1 if failed or not done else 0


if __name__ == "__main__":
    sys.exit(main())
