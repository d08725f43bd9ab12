#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes num_golden.inc: doubles and floats with their shortest text. The digits are Python's (repr, and
a search for floats), the layout is that of Java's Double.toString."""
import random
import struct

random.seed(20240115)


def java(rep):
    sign = "-" if rep.startswith("-") else ""
    rep = rep.lstrip("-")
    mant, _, exp = rep.partition("e")
    whole, _, frac = mant.partition(".")
    digits, point = whole + frac, len(whole) + int(exp or 0)
    lead = len(digits) - len(digits.lstrip("0"))
    digits, point = digits[lead:].rstrip("0") or "0", point - lead
    if -2 <= point <= 7:
        if point <= 0:
            return sign + "0." + "0" * -point + digits
        d = digits.ljust(point, "0")
        return sign + d[:point] + "." + (d[point:] or "0")
    return sign + digits[0] + "." + (digits[1:] or "0") + "E" + str(point - 1)


def f32(bits):
    return struct.unpack("<f", struct.pack("<I", bits))[0]


def short_float(x):
    for p in range(1, 10):
        t = "%.*e" % (p - 1, x)
        if f32(struct.unpack("<I", struct.pack("<f", float(t)))[0]) == x:
            return t


print("/* Made by num_golden.py: bits, text. */")
print("static const struct { uint64_t bits; const char *text; } doubles[] = {")
seen = [1.0, 1e7, 9999999.0, 1e-3, 9.99e-4, 1e22, 1e23, 2.0**53, 2.0**63, 2.0**-1022, 1.7976931348623157e308,
        0.1, 0.3, 1 / 3, 5e-5, 123456.789, 2.2250738585072011e-308]
for i in range(2000 - len(seen)):
    k = i % 4
    if k == 0:
        b = random.getrandbits(64)
        while b >> 52 & 0x7FF == 0x7FF or b >> 52 & 0x7FF == 0:
            b = random.getrandbits(64)
        seen.append(struct.unpack("<d", struct.pack("<Q", b))[0])
    elif k == 1:
        seen.append(round(random.uniform(-1e6, 1e6), random.randrange(6)) or 1.0)
    elif k == 2:
        seen.append(random.uniform(0, 1) * 10.0 ** random.randrange(-12, 12))
    else:
        seen.append(struct.unpack("<d", struct.pack("<Q", random.randrange(1 << 20, 1 << 52)))[0])
for x in seen:
    print('\t{0x%016x, "%s"},' % (struct.unpack("<Q", struct.pack("<d", x))[0], java(repr(x))))
print("};")
print("static const struct { uint32_t bits; const char *text; } floats[] = {")
for i in range(300):
    b = random.randrange(1 << 12, 0x7F800000)
    print('\t{0x%08x, "%s"},' % (b, java(short_float(f32(b)))))
print("};")
