#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares each layer with what the simulator says it wrote (truth.json), and silver and gold with what python makes
of the layer before. Reads tables by their log, as Spark does, and never asks medal. With the argument `timing` no row need
be late: a run that is disturbed may take all of them in one epoch."""
import collections
import datetime
import decimal
import json
import os
import sys

TYPES = "listen_events", "page_view_events", "auth_events", "status_change_events"


def lines(table):
    """The lines of a table: the files that its log lists."""
    log = os.path.join(table, "_spark_metadata")
    names = {int(name.split(".")[0]): name for name in os.listdir(log) if name[0] != "."} if os.path.isdir(log) else {}
    newest = max((n for n, name in names.items() if name.endswith(".compact")), default=-1)
    for n in sorted(n for n in names if n >= newest):
        for entry in open(os.path.join(log, names[n]), encoding="utf-8").read().splitlines()[1:]:
            path = os.path.join(table, os.path.basename(json.loads(entry)["path"]))
            yield from open(path, encoding="utf-8")


def rows(table):
    return [json.loads(line, parse_float=decimal.Decimal) for line in lines(table)]


def count(table):
    return sum(1 for _ in lines(table))


def time(ms, window_ms=1):
    """As medal writes timestamps; the start of its window."""
    ms -= ms % window_ms
    t = datetime.datetime.fromtimestamp(ms // 1000, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")
    return t + (f".{ms % 1000:03}".rstrip("0") if ms % 1000 else "") + "Z"


def near(a, b):
    """Equal; doubles to 1e-9."""
    if isinstance(a, (decimal.Decimal, float)) or isinstance(b, (decimal.Decimal, float)):
        return a is not None and b is not None and abs(float(a) - float(b)) <= 1e-9 * max(1, abs(float(a)))
    return a == b


def same(what, want, got):
    """Two values, or two lists of rows whose first two columns are the key."""
    if isinstance(want, list):
        want, got = ({tuple(r)[:2]: tuple(r) for r in side} if len({tuple(r)[:2] for r in side}) == len(side) else
                     sys.exit(f"{what}: a key occurs twice") for side in (want, got))
        for key in sorted(set(want) | set(got), key=str):
            a, b = want.get(key), got.get(key)
            if a is None or b is None or len(a) != len(b) or not all(map(near, a, b)):
                sys.exit(f"{what}: expected {a}, got {b}")
        print(f"{what}: {len(want)} rows")
    else:
        if not near(want, got):
            sys.exit(f"{what}: expected {want}, got {got}")
        print(f"{what}: {got}")


def values(table):
    return [tuple(r.values()) for r in rows(table)]


def check_bronze(truth):
    users, sessions = set(), set()
    for name in TYPES:
        t = truth["types"][name]
        same(f"bronze/{name}, good and late rows", t["good"] + t["late"], count(f"bronze/{name}"))
        same(f"quarantine/{name}, malformed rows", t["malformed"], count(f"quarantine/{name}"))
        same(f"duplicates/{name}", t["duplicates"], count(f"duplicates/{name}"))
        for r in rows(f"bronze/{name}"):
            users.add(r.get("userId"))
            sessions.add(r["sessionId"])
    same("users", truth["users"], len(users - {None}))
    same("sessions", truth["sessions"], len(sessions))


def check_listens(truth):
    listens = rows("silver/listens")
    for level, t in truth["types"]["listen_events"]["by_level"].items():
        mine = [r for r in listens if r["level"] == level]
        same(f"silver/listens, {level}", t["rows"], len(mine))
        same(f"silver/listens, {level}, seconds", decimal.Decimal(t["duration"]), sum(r["seconds"] for r in mine))
    events = {(r["sessionId"], r["ts"]): r for r in rows("bronze/listen_events")}
    for r in listens[:1000]:
        ms = round(datetime.datetime.fromisoformat(r["played_at"].replace("Z", "+00:00")).timestamp() * 1000)
        e = events[r["sessionId"], ms]
        want = (time(e["ts"])[:10], int(time(e["ts"])[11:13]), f"{e['firstName']} {e['lastName']}", e["level"] == "paid",
                e["artist"].strip(), e["song"].strip())
        if want != (r["day"], r["hour"], r["listener"], r["paying"], r["artist"], r["song"]):
            sys.exit(f"silver/listens: {e} became {r}")


def without(table, late):
    """The table's rows less those lines that the stream found late."""
    gone = collections.Counter(lines(late))
    kept = []
    for line in lines(table):
        if gone[line]:
            gone[line] -= 1
        else:
            kept.append(json.loads(line, parse_float=decimal.Decimal))
    if sum(gone.values()):
        sys.exit(f"{late}: has rows that {table} has not")
    return kept


def check_sessions():
    groups = collections.defaultdict(list)
    for r in without("bronze/page_view_events", "late/sessions"):
        groups[r["sessionId"], time(r["ts"], 3600000)].append(r)
    want = []
    for key, rs in groups.items():
        ts, durations = [r["ts"] for r in rs], [r["duration"] for r in rs if "duration" in r]
        want.append(key + (time(min(ts)), time(max(ts)), (max(ts) - min(ts)) / 1000,
                           max((r["userId"] for r in rs if "userId" in r), default=None), max(r["level"] for r in rs),
                           len(rs), sum("song" in r for r in rs), sum(durations) if durations else None,
                           sum(durations) / len(durations) if durations else None, sum(r["status"] >= 400 for r in rs)))
    same("silver/sessions, by python", want, values("silver/sessions"))
    same("silver/sessions, stream and batch", values("batch/sessions"), values("silver/sessions"))


def grouped(listens, *columns):
    groups = collections.defaultdict(list)
    for r in listens:
        groups[tuple(c(r) if callable(c) else r[c] for c in columns)].append(r)
    return groups.items()


def check_gold(truth):
    listens = rows("silver/listens")
    same("gold/plays_per_song", [k + (len(rs), sum(r["seconds"] for r in rs))
                                 for k, rs in grouped(listens, "artist", "song")], values("gold/plays_per_song"))
    same("gold/plays_per_city", [k + (len(rs), len({r["userId"] for r in rs}))
                                 for k, rs in grouped(listens, "state", "city")], values("gold/plays_per_city"))
    active = {r["level"]: r for r in rows("gold/active_users")}
    for (level,), rs in grouped(listens, "level"):
        same(f"gold/active_users, {level}", len({r["userId"] for r in rs}), active[level]["users"])
        same(f"gold/active_users, {level}, plays", truth["types"]["listen_events"]["by_level"][level]["rows"],
             active[level]["plays"])
    minute = lambda r: r["played_at"][:17] + "00Z"
    in_time = without("silver/listens", "late/plays_per_minute")
    same("gold/plays_per_minute, by python", [k + (len(rs), sum(r["seconds"] for r in rs))
                                              for k, rs in grouped(in_time, minute, "level")],
         values("gold/plays_per_minute"))
    same("gold/plays_per_minute, stream and batch", values("batch/plays_per_minute"), values("gold/plays_per_minute"))
    for table in ("sessions", "plays_per_minute"):
        print(f"late/{table}: {count('late/' + table)}")


def main():
    with open("truth.json", encoding="utf-8") as f:
        truth = json.load(f)
    check_bronze(truth)
    check_listens(truth)
    check_sessions()
    check_gold(truth)
    if "timing" not in sys.argv and not (count("late/sessions") and count("late/plays_per_minute")):
        sys.exit("no row came too late for its window: this input shows nothing")


main()
