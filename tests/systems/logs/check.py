#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Counts the logs with regular expressions, without medal, and compares gold with that. One argument: the folder."""
import collections
import glob
import json
import os
import re
import sys

ACCESS = re.compile(r'(\S+) \S+ \S+ \[(\d\d)/(\w{3})/(\d{4}):(\d\d):\d\d:\d\d [+-]\d{4}\] '
                    r'"(?:[^"\\]|\\.)*" (\d{3}) (\d+|-) "(?:[^"\\]|\\.)*" "((?:[^"\\]|\\.)*)"$')
REQUEST = re.compile(r'\] "\S+ (\S+) ')
ERROR = re.compile(r'\[\w{3} \w{3} \d\d [\d:.]+ \d{4}\] \[\w+:(\w+)\] \[[^]]*\] (?:\[client [^]]*\] )?(.*)$')
MONTHS = {m: f"{i + 1:02}" for i, m in enumerate("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split())}


def count_access(paths):
    """(by status, by path, by hour, rows, malformed), each row of gold as a tuple."""
    status, by_path, hours = (collections.defaultdict(lambda: [0, 0, 0]) for _ in range(3))
    good = bad = 0
    for path in paths:
        for line in open(path, encoding="utf-8"):
            m = ACCESS.match(line)
            if not m:
                bad += 1
                continue
            good += 1
            sent = 0 if m[7] == "-" else int(m[7])
            day = f"{m[4]}-{MONTHS[m[3]]}-{m[2]}"
            robot = re.search("(?i)bot|crawl|spider|slurp", m[8]) is not None
            for group, key, third in ((status, (int(m[6]), m[6][0] + "xx"), 0),
                                      (by_path, (REQUEST.search(line)[1].split("?")[0],), int(m[6]) >= 400),
                                      (hours, (day, int(m[5])), robot)):
                group[key][0] += 1
                group[key][1] += sent
                group[key][2] += third
    return (sorted(k + (v[0], v[1]) for k, v in status.items()),
            sorted(k + (v[0], v[1], v[2]) for k, v in by_path.items()),
            sorted(k + (v[0], v[2], v[1]) for k, v in hours.items()), good, bad)


def count_errors(paths):
    groups = collections.Counter()
    for path in paths:
        for line in open(path, encoding="utf-8"):
            m = ERROR.match(line)
            code = re.match("AH[0-9]+", m[2])
            groups[m[1], code[0] if code else ""] += 1
    return sorted(k + (n,) for k, n in groups.items())


def rows(table):
    """The rows of a table by its log, as Spark would read it."""
    names = {}
    for name in os.listdir(os.path.join(table, "_spark_metadata")):
        if name[0] == ".":
            continue  # left by a run that was killed while it wrote
        names[int(name.split(".")[0])] = name
    newest = max((n for n, name in names.items() if name.endswith(".compact")), default=-1)
    for n in sorted(n for n in names if n >= newest):
        for entry in open(os.path.join(table, "_spark_metadata", names[n]), encoding="utf-8").read().splitlines()[1:]:
            name = json.loads(entry)["path"].split("/" + table + "/")[1]
            for line in open(os.path.join(table, name), encoding="utf-8"):
                yield json.loads(line)


def gold(tables, keys):
    """Rows of all the tables, counts of equal keys added up, as sorted tuples."""
    groups = {}
    for table in tables:
        for row in rows(table):
            v = tuple(row.values())
            old = groups.get(v[:keys], (0,) * (len(v) - keys))
            groups[v[:keys]] = tuple(a + b for a, b in zip(old, v[keys:]))
    return sorted(k + v for k, v in groups.items())


def same(what, want, got):
    if want != got:
        sys.exit(f"{what}: counted {want[:5] if isinstance(want, list) else want}, "
                 f"gold has {got[:5] if isinstance(got, list) else got}")


def check(what, access, errors, place):
    status, by_path, hours, good, bad = count_access(access)
    same(f"{what} by status", status, gold(glob.glob(f"gold/{place}/by_status"), 2))
    same(f"{what} by path", by_path, gold(glob.glob(f"gold/{place}/by_path"), 1))
    same(f"{what} by hour", hours, gold(glob.glob(f"gold/{place}/by_hour"), 2))
    same(f"{what} errors", count_errors(errors), gold(glob.glob(f"gold/{place}/errors"), 2))
    for tier in ("bronze", "silver"):
        same(f"{what} {tier}", good, sum(1 for t in glob.glob(f"{tier}/{place}/access") for _ in rows(t)))
    place = place.replace("/*", "")
    same(f"{what} quarantine", bad, sum(1 for t in glob.glob(f"quarantine/bronze/{place}/access") for _ in rows(t)))
    return good, bad


os.chdir(sys.argv[1])
total = [0, 0]
for folder in sorted(glob.glob("logs/[0-9]*")):
    counts = check(folder, glob.glob(folder + "/access.log"), glob.glob(folder + "/error.log"),
                   "daily/" + os.path.basename(folder))
    total = [a + b for a, b in zip(total, counts)]
counts = check("incremental", glob.glob("logs/incremental/access*.log"), glob.glob("logs/incremental/error*.log"),
               "incremental/*")
print(f"daily: {total[0]} requests, {total[1]} malformed; incremental: {counts[0]} requests, {counts[1]} malformed")
