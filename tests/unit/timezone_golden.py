#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes timezone_golden.inc: offsets and local-to-UTC answers from Python's zoneinfo (fold=0; in a gap that is
the offset before, which is java.time's move forward)."""
import random
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

random.seed(7)
EPOCH = datetime(1970, 1, 1)
ZONES = ["Europe/Berlin", "America/New_York", "America/Los_Angeles", "Asia/Kolkata", "Australia/Lord_Howe",
         "America/Sao_Paulo", "Pacific/Apia", "Africa/Casablanca", "Asia/Tehran", "Europe/Dublin", "America/St_Johns"]
SPECIAL = [datetime(2024, 3, 31, 2, 30), datetime(2024, 10, 27, 2, 30), datetime(2024, 3, 10, 2, 30),
           datetime(2024, 11, 3, 1, 30), datetime(2500, 7, 1, 12), datetime(2500, 3, 28, 2, 30), datetime(1900, 1, 1),
           datetime(2099, 12, 31, 23, 59, 59)]
print("/* Made by timezone_golden.py. */")
print("static const struct { const char *zone; int64_t utc; int offset; } offsets[] = {")
for z in ZONES:
    for t in SPECIAL + [EPOCH + timedelta(seconds=random.randrange(-2 * 10**9, 2 * 10**10)) for _ in range(30)]:
        s = int((t - EPOCH).total_seconds())
        o = t.replace(tzinfo=timezone.utc).astimezone(ZoneInfo(z)).utcoffset()
        print('\t{"%s", %d, %d},' % (z, s, o.total_seconds()))
print("};")
print("static const struct { const char *zone; int64_t local, utc; } locals[] = {")
for z in ZONES:
    for t in SPECIAL + [EPOCH + timedelta(seconds=random.randrange(-10**9, 5 * 10**9)) for _ in range(10)]:
        s = int((t - EPOCH).total_seconds())
        o = t.replace(tzinfo=ZoneInfo(z)).utcoffset()
        print('\t{"%s", %d, %d},' % (z, s, s - o.total_seconds()))
print("};")
