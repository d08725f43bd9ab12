# SPDX-License-Identifier: MIT
"""Whether a result is right: what is expected, computed in plain Python from the input, and a digest
of what a tool wrote that does not depend on the order of rows, the order of members or the text of
numbers.
"""
import csv
import glob
import json
import os
import subprocess
import zlib
from datetime import datetime, timezone

try:
    from orjson import loads
except ImportError:
    from json import loads

MEMBERS = ("userId", "sessionId", "itemInSession", "ts", "level", "zip", "artist", "song", "userAgent", "lastName")


def row_hash(r):
    text = "\x1f".join(str(r[m]) for m in MEMBERS) + "\x1f%.5f" % float(r["duration"])
    return zlib.crc32(text.encode()) + (zlib.adler32(text.encode()) << 32)


def event_hash(r):
    """Of a wide or a narrow row: four members, under one of two names."""
    text = "%s %s %s %.5f" % (r.get("userId", r.get("u")), r["ts"], r.get("level", r.get("l")),
                              float(r.get("duration", r.get("d"))))
    return zlib.crc32(text.encode()) + (zlib.adler32(text.encode()) << 32)


def value_hash(r):
    """Of a row of whole numbers, texts and booleans."""
    text = json.dumps(r, sort_keys=True, ensure_ascii=False)
    return zlib.crc32(text.encode()) + (zlib.adler32(text.encode()) << 32)


HASHES = {"events": event_hash, "values": value_hash}


def digest(rows, of=row_hash):
    n = total = 0
    for r in rows:
        n += 1
        total += of(r)
    return [n, total % (1 << 64)]


def lines(path):
    """Rows of an NDJSON file, or of a table's files, with the members that stand in folder names."""
    if not os.path.isdir(path):
        with open(path, "rb", 1 << 20) as f:
            yield from map(loads, f)
        return
    for f in sorted(glob.glob(f"{path}/**/*", recursive=True)):
        name = os.path.basename(f)
        inside = os.path.relpath(f, path).split(os.sep)
        if not os.path.isfile(f) or any(p[0] in "_." for p in inside):
            continue
        extra = dict(p.split("=", 1) for p in inside[:-1])
        if name.endswith(".zst"):
            with subprocess.Popen(["zstd", "-dcq", f], stdout=subprocess.PIPE) as p:
                for line in p.stdout:
                    yield {**extra, **loads(line)}
        else:
            with open(f, "rb", 1 << 20) as data:
                for line in data:
                    yield {**extra, **loads(line)}


def window(r):
    """(minute in ms, level), [count, sum, distinct] from any tool's names for them."""
    when = r.get("minute", r.get("w"))
    if isinstance(when, str):
        at = datetime.fromisoformat(when.replace("Z", "+00:00"))
        when = int((at if at.tzinfo else at.replace(tzinfo=timezone.utc)).timestamp()) * 1000

    def pick(*names):
        return next(r[n] for n in names if n in r)

    return f"{int(when)} {r['level']}", [int(pick("plays", "n", "duration_count")),
                                         float(pick("seconds", "s", "duration_sum")),
                                         int(pick("users", "u", "userId_distinct_count"))]


def result(kind, path):
    if kind == "none":
        return None
    if kind == "windows":
        return dict(map(window, lines(path)))
    if kind == "parquet":
        import pyarrow.parquet as pq
        files = [path] if os.path.isfile(path) else glob.glob(f"{path}/**/[!_.]*.parquet", recursive=True)
        return digest(r for f in files for b in pq.ParquetFile(f).iter_batches() for r in b.to_pylist())
    return digest(lines(path), HASHES.get(kind, row_hash))


def same(kind, want, got):
    """An empty string, or what differs."""
    if kind == "none":
        return ""
    if kind != "windows":
        if want[0] != got[0]:
            return f"{got[0]} rows in place of {want[0]}"
        return "" if want == got else "other values"
    if want.keys() != got.keys():
        return f"{len(got)} windows, of which {len(want.keys() & got.keys())} of the {len(want)} expected"
    for k, (n, s, u) in want.items():
        if got[k][0] != n or got[k][2] != u or abs(got[k][1] - s) > 1e-6 * s:
            return f"window {k}: {got[k]} in place of {[n, s, u]}"
    return ""


def valid(line):
    try:
        r = loads(line)
    except ValueError:
        return None
    d = r.get("duration")
    ok = type(r.get("userId")) is int and type(d) in (int, float) and d > 0 and r.get("level") in ("free", "paid")
    return r if ok else None


def distinct(rows):
    seen = set()
    for r in rows:
        k = r["userId"], r["sessionId"], r["itemInSession"], r["ts"]
        if k not in seen:
            seen.add(k)
            yield r


def windows(path):
    groups = {}
    for r in lines(path):
        g = groups.setdefault(f"{r['ts'] // 60000 * 60000} {r['level']}", [0, 0.0, set()])
        g[0] += 1
        g[1] += r["duration"]
        g[2].add(r["userId"])
    return {k: [n, s, len(u)] for k, (n, s, u) in groups.items()}


def long_plays(rows):
    return (r for r in rows if r.get("level", r.get("l")) == "paid" and r.get("duration", r.get("d")) > 200)


def expression(r):
    """What the job `expressions` makes of a row."""
    d, agent = r["duration"], r["userAgent"]
    return {"userId": r["userId"], "sessionId": r["sessionId"], "city": r["city"].lower(),
            "name": r["firstName"] + " " + r["lastName"], "agent": agent[:11], "letters": len(r["artist"]),
            "minutes": int(d // 60), "day_ms": r["ts"] % 86400000,
            "size": "short" if d < 120 else "song" if d < 300 else "long", "state": r["state"].replace("A", "_"),
            "gender": r["gender"] or "?", "windows": "Windows" in agent}


def expected(what, inputs, cache):
    """What the job must give, from a file beside the inputs when it was computed before."""
    path = f"{cache}.{what}.json"
    if os.path.exists(path):
        with open(path) as f:
            return json.load(f)

    def checked():
        with open(inputs["raw"], "rb", 1 << 20) as f:
            yield from (r for r in map(valid, f) if r)

    want = {"good": lambda: digest(lines(inputs["good"])), "one": lambda: digest(lines(inputs["one"])),
            "valid": lambda: digest(checked()), "clean": lambda: digest(distinct(checked())),
            "distinct": lambda: digest(distinct(lines(inputs["good"]))),
            "paid": lambda: digest(r for r in lines(inputs["good"]) if r["level"] == "paid"),
            "wide": lambda: digest(long_plays(lines(inputs["wide"])), event_hash),
            "narrow": lambda: digest(long_plays(lines(inputs["narrow"])), event_hash),
            "expressions": lambda: digest(map(expression, lines(inputs["good"])), value_hash),
            "windows": lambda: windows(inputs["good"])}[what]()
    with open(path + ".tmp", "w") as f:
        json.dump(want, f)
    os.rename(path + ".tmp", path)
    return want


def write_wide(source, target):
    """Lines of 5 KB: the first of ten events, with all ten nested in it."""
    with open(source, "rb", 1 << 20) as events, open(target + ".tmp", "wb", 1 << 20) as f:
        while ten := [line.rstrip(b"\n") for _, line in zip(range(10), events)]:
            f.write(ten[0][:-1] + b',"batch":{"n":%d,"events":[' % len(ten) + b",".join(ten) + b"]}}\n")
    os.rename(target + ".tmp", target)


def write_narrow(source, target):
    with open(target + ".tmp", "w", 1 << 20, encoding="utf-8") as f:
        for r in lines(source):
            f.write('{"u":%d,"ts":%d,"l":"%s","d":%s}\n' % (r["userId"], r["ts"], r["level"], r["duration"]))
    os.rename(target + ".tmp", target)


def write_csv(source, target):
    with open(target + ".tmp", "w", encoding="utf-8", newline="") as f:
        out = None
        for r in lines(source):
            if out is None:
                out = csv.DictWriter(f, list(r), lineterminator="\n")
                out.writeheader()
            out.writerow(r)
    os.rename(target + ".tmp", target)
