# SPDX-License-Identifier: MIT
"""Follows each listener through the simulated pages; usage: walk.py DIR (without faults).

What eventsim's events look like is written down here a second time, apart from
the simulator: members and their order, which page may follow which, who is
logged in, what each page view is recorded as besides.
"""
import json
import sys
from collections import defaultdict

DEVICE = ["city", "zip", "state", "userAgent", "lon", "lat"]
USER = ["userId", "lastName", "firstName", "gender", "registration"]
SONG = ["artist", "song", "duration"]
PUT = {"NextSong": 200, "Logout": 307, "Login": 307, "Save Settings": 307, "Cancel": 307, "Submit Upgrade": 307,
       "Submit Downgrade": 307, "Submit Registration": 307}
IN = "Logged In"
OUT = "Logged Out"
BROWSING = {"Home", "NextSong"}
NEXT = {
    (IN, "Home"): {"NextSong", "Help", "About", "Settings", "Logout", "Upgrade", "Downgrade", "Error"},
    (IN, "NextSong"): {"NextSong", "Home", "Help", "About", "Settings", "Logout", "Upgrade", "Downgrade", "Error"},
    (IN, "Settings"): BROWSING | {"Save Settings", "Cancel"}, (IN, "Save Settings"): BROWSING,
    (IN, "Help"): BROWSING, (IN, "About"): BROWSING, (IN, "Error"): BROWSING,
    (IN, "Upgrade"): BROWSING | {"Submit Upgrade"}, (IN, "Downgrade"): BROWSING | {"Submit Downgrade", "Cancel"},
    (IN, "Submit Upgrade"): {"Home"}, (IN, "Submit Downgrade"): {"Home"},
    (IN, "Cancel"): {"Cancellation Confirmation"}, (IN, "Logout"): {"Home"},
    (OUT, "Home"): {"Login", "Help", "About", "Error"}, (OUT, "Help"): {"Home", "Login"},
    (OUT, "About"): {"Home", "Login"}, (OUT, "Error"): {"Home"}, (OUT, "Login"): {"Home"},
    ("Guest", "Home"): {"Register", "Help", "About", "Error"}, ("Guest", "Help"): {"Home"},
    ("Guest", "About"): {"Home"}, ("Guest", "Error"): {"Home"},
    ("Guest", "Register"): {"Submit Registration", "Home"}, ("Guest", "Submit Registration"): {"Home"},
}
AUTH_AFTER = {(IN, "Logout"): {OUT}, (IN, "Cancel"): {"Cancelled"}, (OUT, "Login"): {IN, OUT},
              ("Guest", "Submit Registration"): {IN}}


def load(name):
    rows = []
    for line in open(f"{sys.argv[1]}/{name}.ndjson", encoding="utf-8"):
        pairs = json.loads(line, object_pairs_hook=list)
        row = dict(pairs)
        assert len(row) == len(pairs), f"a member twice: {line}"
        rows.append((row, [k for k, _ in pairs]))
    assert all(a[0]["ts"] <= b[0]["ts"] for a, b in zip(rows, rows[1:])), f"{name} is not in order of time"
    return rows


def key(r):
    return r["sessionId"], r["itemInSession"]


views, listens, auths, changes = map(load, ("page_view_events", "listen_events", "auth_events",
                                            "status_change_events"))
sessions, pages, level_of, person = defaultdict(list), defaultdict(int), {}, {}
for r, order in views:
    known = r["auth"] in (IN, "Cancelled")
    want = (["ts", "sessionId", "page", "auth", "method", "status", "level", "itemInSession"] + DEVICE +
            (USER if known else []) + (SONG if r["page"] == "NextSong" else []))
    assert order == want, f"members {order}"
    assert r["method"] == ("PUT" if r["page"] in PUT else "GET"), r
    assert r["status"] == (404 if r["page"] == "Error" else PUT.get(r["page"], 200)), r
    assert (r["auth"] == "Cancelled") == (r["page"] == "Cancellation Confirmation"), r
    assert [type(r[k]) for k in ("ts", "zip", "lon", "lat")] == [int, str, float, float], r
    if known:
        assert person.setdefault(r["userId"], [r[k] for k in DEVICE + USER]) == [r[k] for k in DEVICE + USER], r
    pages[r["auth"], r["page"]] += 1
    sessions[r["sessionId"]].append(r)

moves, ends = set(), 0
for s in sessions.values():
    assert [r["itemInSession"] for r in s] == list(range(len(s))), "item numbers do not rise by one"
    assert s[0]["page"] in ("Home", "NextSong"), s[0]
    for a, b in zip(s, s[1:]):
        at = a["auth"], a["page"]
        assert b["page"] in NEXT[at], f"{at} is followed by {b['page']}"
        assert b["auth"] in AUTH_AFTER.get(at, {a["auth"]}), f"{at} is followed by {b['auth']}"
        after = {"Submit Upgrade": "paid", "Submit Downgrade": "free"}.get(a["page"], a["level"])
        assert b["level"] == after, f"level {a['level']} to {b['level']} after {a['page']}"
        assert a["page"] != "Submit Upgrade" or a["level"] == "free", a
        assert a["page"] != "Submit Downgrade" or a["level"] == "paid", a
        assert a["ts"] < b["ts"], (a, b)
        assert (a.get("userId") or b.get("userId")) == (b.get("userId") or a.get("userId")), (a, b)
        moves.add((at, b["page"]))

# each listener's level goes from session to session, too
for r, _ in views:
    if "userId" in r:
        was = level_of.get(r["userId"])
        assert was in (None, r["level"]), f"the level of {r['userId']} changes without a submit page"
        level_of[r["userId"]] = {"Submit Upgrade": "paid", "Submit Downgrade": "free"}.get(r["page"], r["level"])

# every other event is a page view, told once more; the very last one may be cut off by --rows
last = max(r["ts"] for r, _ in views)
by_key = {key(r): r for r, _ in views}


def derived(rows, want_order, want_keys, what):
    assert len({key(r) for r, _ in rows}) == len(rows), f"{what}: an event twice"
    missing = want_keys - {key(r) for r, _ in rows}
    assert all(by_key[k]["ts"] == last for k in missing), f"{what}: missing {missing}"
    for r, order in rows:
        v = by_key[key(r)]
        assert key(r) in want_keys, f"{what}: {r}"
        assert all(v[k] == r[k] for k in r if k != "success"), f"{what}: {r} is not {v}"
        assert order == want_order(v), f"{what}: members {order}"


head = ["ts", "sessionId", "auth", "level", "itemInSession"] + DEVICE
derived(listens, lambda v: SONG + head + USER, {k for k, v in by_key.items() if v["page"] == "NextSong"}, "listen")
derived(changes, lambda v: head + USER, {k for k, v in by_key.items() if v["page"].startswith("Submit") and
                                         v["page"] != "Submit Registration"}, "status_change")
derived(auths, lambda v: [h for h in head if h != "auth"] + (USER if v["auth"] == IN else []) + ["success"],
        {key(b) for s in sessions.values() for a, b in zip(s, s[1:]) if a["page"] == "Login"}, "auth")
assert all(r["success"] == (by_key[key(r)]["auth"] == IN) for r, _ in auths)

unseen = {(at, p) for at, to in NEXT.items() for p in to} - moves
print("moves of the table that did not occur:", sorted(unseen) or "none")
print("outcomes of Login:", sorted({r["success"] for r, _ in auths}))
print("levels after a change:", sorted({r["level"] for r, _ in changes}))
