#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes java_math_golden.inc: what Java's StrictMath (and Math, where that is the same) gives at random points and at
the ends, as the bits of doubles: x, y, then each function. Needs java, and pyspark for the compiler among its jars."""
import os
import struct
import subprocess
import tempfile

FUNCTIONS = ["StrictMath.exp(x)", "StrictMath.expm1(x)", "StrictMath.log(x)", "StrictMath.log10(x)", "StrictMath.log1p(x)",
             "StrictMath.pow(x, y)", "StrictMath.pow(Math.abs(x), y)", "Math.sinh(x)", "Math.cosh(x)", "Math.tanh(x)", "Math.asin(x)",
             "Math.acos(x)", "Math.atan(x)", "Math.atan2(x, y)", "Math.cbrt(x)", "Math.hypot(x, y)"]
SOURCE = """public class Points {
    public static void main(String[] args) {
        for (int i = 0; i < args.length; i += 2) {
            double x = Double.longBitsToDouble(Long.parseUnsignedLong(args[i], 16));
            double y = Double.longBitsToDouble(Long.parseUnsignedLong(args[i + 1], 16));
            double[] r = {x, y, %s};
            for (int k = 0; k < r.length; k++) System.out.print("0x" + Long.toHexString(Double.doubleToLongBits(r[k])) + (k + 1 < r.length ? ", " : "\\n"));
        }
    }
}
""" % ", ".join(FUNCTIONS)
MASK = 2 ** 64 - 1


class Random:
    """splitmix64"""

    def __init__(self, seed):
        self.state = seed

    def next(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = ((z ^ z >> 30) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ z >> 27) * 0x94D049BB133111EB) & MASK
        return z ^ z >> 31

    def point(self):
        kind = (self.next() >> 1) % 8
        u = (self.next() >> 11) * 2.0 ** -53 * 2 - 1
        if kind == 0:
            return struct.unpack("<d", struct.pack("<Q", self.next()))[0]
        if kind == 7:
            return ((self.next() >> 1) % 2001 - 1000) / 8
        return [None, u, u * 2, u * 30, u * 800, 1 + u * 2.0 ** -10, u * 2.0 ** -20][kind]


def main():
    from pyspark import __file__ as spark

    jars = os.path.join(os.path.dirname(spark), "jars")
    found = [os.path.join(jars, x) for x in os.listdir(jars) if x.startswith(("janino-", "commons-compiler-"))]
    r = Random(7)
    points = [(r.point(), r.point()) for _ in range(100)]
    args = ["%016x" % struct.unpack("<Q", struct.pack("<d", v))[0] for p in points for v in p]
    with tempfile.TemporaryDirectory() as scratch:
        with open(os.path.join(scratch, "Points.java"), "w", encoding="utf-8") as f:
            f.write(SOURCE)
        out = subprocess.run(["java", "-cp", ":".join(found), "org.codehaus.janino.SimpleCompiler", "Points.java", "Points"] + args,
                             cwd=scratch, stdout=subprocess.PIPE, check=True).stdout.decode()
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "java_math_golden.inc"), "w", encoding="utf-8") as f:
        f.write("/* SPDX-License-Identifier: MIT; made by java_math_golden.py */\n")
        for line in out.splitlines():
            f.write("{%s},\n" % line)


if __name__ == "__main__":
    main()
