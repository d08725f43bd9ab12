# SPDX-License-Identifier: MIT
"""Counts faults in simulated files without medal's help and compares with its truth.

usage: count.py KIND TRUTH FILE...     each FILE is TYPE.EXTENSION; its type is in the name
Prints one line per type, and what differs.
"""
import json
import os
import re
import sys
from datetime import datetime, timezone
from decimal import Decimal

kind, truth_file, *files = sys.argv[1:]
truth = json.load(open(truth_file))
NEAR = 128
users, sessions = set(), set()
differences = []


def music(kind_of_row, line):
    """(fault or None, event time in ms, group, amount, user, session)"""
    try:
        r = json.loads(line.decode("utf-8"), parse_float=Decimal)
    except ValueError:
        return ("cut_off",)
    known = {"page_view_events": r.get("auth") in ("Logged In", "Cancelled"),
             "auth_events": r.get("success") is True}.get(kind_of_row, True)
    if isinstance(r.get("userId"), str) or isinstance(r.get("sessionId"), str):
        return ("wrong_type",)
    if "sessionId" not in r or (known and "userId" not in r):
        return ("missing_member",)
    if r["level"] not in ("free", "paid"):
        return ("unknown_level",)
    if r.get("duration", 1) < 0:
        return ("negative_duration",)
    return None, r["ts"], r["level"], r.get("duration", 0), r.get("userId"), r["sessionId"]


def sensors(_, line):
    try:
        r = json.loads(line.decode("utf-8"), parse_float=Decimal)
    except ValueError:
        return ("cut_off",)
    if not isinstance(r["temperature"], Decimal):
        return ("wrong_type",)
    if "device_id" not in r:
        return ("missing_member",)
    if not 0 <= r["humidity"] <= 100:
        return ("invalid_value",)
    ts = datetime.fromisoformat(r["ts"].replace("Z", "+00:00"))
    ms = int(ts.timestamp()) * 1000 + ts.microsecond // 1000
    return None, ms, r["status"], r["temperature"], r["device_id"], None


ACCESS = re.compile(r'(\S+) (\S+) (\S+) \[([^\]]+)\] "((?:[^"\\]|\\.)*)" (\d{3}) (\d+|-) '
                    r'"((?:[^"\\]|\\.)*)" "((?:[^"\\]|\\.)*)"$')
ERROR = re.compile(r"\[([^\]]+)\] \[(\w+):(\w+)\] \[pid (\d+)\] \[client (\S+):(\d+)\] (.+)$")
STATUS_OF = {"AH00128": "404", "AH00035": "403", "End of ": "500"}


def weblog(kind_of_row, line):
    s = line.decode("utf-8")
    m = (ACCESS if kind_of_row == "access" else ERROR).match(s)
    if not m:
        if kind_of_row == "access" and " abc " in s:
            return ("wrong_type",)
        whole = (' HTTP/1.1" ' if kind_of_row == "access" else "] [client ") in s
        return ("missing_field",) if whole else ("cut_off",)
    try:
        if kind_of_row == "access":
            ts = datetime.strptime(m[4], "%d/%b/%Y:%H:%M:%S %z")
        else:
            ts = datetime.strptime(m[1], "%a %b %d %H:%M:%S.%f %Y").replace(tzinfo=timezone.utc)
    except ValueError:
        return ("invalid_value",)
    ms = int(ts.timestamp()) * 1000 + ts.microsecond // 1000
    if kind_of_row == "access":
        return None, ms, m[6], 0 if m[7] == "-" else int(m[7]), m[1], None
    return None, ms, STATUS_OF[m[7][:7]], 0, m[5], None


def same(name, want, got):
    if want != got:
        differences.append(f"{name}: truth {want}, counted {got}")


def check(path):
    name = os.path.basename(path).split(".")[0]
    t = truth["types"][name]
    group_by = next(k for k in t if k.startswith("by_"))
    amount = next(k for k in next(iter(t[group_by].values())) if k not in ("rows", "late") and "late_" not in k)
    n = {"rows": 0, "good": 0, "late": 0, "duplicates": 0}
    faults = dict.fromkeys(t["malformed_by_kind"], 0)
    groups = {g: [0, 0, Decimal(0), Decimal(0)] for g in t[group_by]}
    seen, recent, latest, behind, first, last, bytes_ = set(), [], None, 0, None, None, 0
    greatest = None
    for line in open(path, "rb"):
        bytes_ += len(line)
        n["rows"] += 1
        if line in seen and not (kind == "weblog" and line not in recent):
            n["duplicates"] += 1
            assert line in recent, f"{path}: a duplicate is too far from its original: {line}"
            behind = max(behind, greatest - globals()[kind](name, line[:-1])[1])
            continue
        fault, *rest = globals()[kind](name, line[:-1])
        if fault:
            faults[fault] += 1
            continue
        seen.add(line)
        ms, group, value, user, session = rest
        late = latest is not None and ms < latest - truth["late_by_ms"]
        n["late" if late else "good"] += 1
        if not late:
            assert latest is None or ms >= latest, f"{path}: neither late nor in order: {line}"
            latest = greatest = ms
            recent = recent[-(NEAR - 1):] + [line]
        first = ms if first is None else min(first, ms)
        last = ms if last is None else max(last, ms)
        groups[group][0] += 1
        groups[group][1] += late
        groups[group][2] += value
        groups[group][3] += value if late else 0
        if user is not None:
            users.add(user)
        if session is not None:
            sessions.add(session)
    for k, v in n.items():
        same(f"{name} {k}", t[k], v)
    same(f"{name} bytes", t["bytes"], bytes_)
    same(f"{name} malformed", t["malformed"], sum(faults.values()))
    same(f"{name} malformed_by_kind", t["malformed_by_kind"], faults)
    for edge, got in (("first", first), ("last", last)):
        want = t[edge] and int(datetime.fromisoformat(t[edge].replace("Z", "+00:00")).timestamp() * 1000 + .5)
        same(f"{name} {edge}", want, got)
    # rows that are malformed move the time too, so the truth may be a little more than what we see
    if not behind <= t["duplicates_behind_ms"]:
        differences.append(f"{name}: a duplicate is {behind} ms behind, truth {t['duplicates_behind_ms']}")
    for g, (rows, late, total, late_total) in groups.items():
        w = t[group_by][g]
        same(f"{name} {g}", [w["rows"], w["late"], Decimal(w[amount]), Decimal(w["late_" + amount])],
             [rows, late, total, late_total])
    faulty = [k for k, v in {**n, **faults}.items() if v == 0]
    print(f"{name}: {'some of each' if not faulty else 'no ' + ', '.join(faulty)}")
    return n["rows"], bytes_


rows, bytes_ = (sum(x) for x in zip(*[check(f) for f in files]))
same("rows", truth["rows"], rows)
same("bytes", truth["bytes"], bytes_)
same("distinct users", next(truth[k] for k in ("users", "devices", "clients") if k in truth), len(users))
if "sessions" in truth:
    same("distinct sessions", truth["sessions"], len(sessions))
print("\n".join(differences) or "counted as the truth says")
sys.exit(1 if differences else 0)
