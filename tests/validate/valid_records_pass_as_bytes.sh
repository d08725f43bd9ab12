# SPDX-License-Identifier: MIT
cat >in
medal-validate -e 'any EXPECT (a IS NULL OR true)' <in | cmp - in && medal-validate --schema 'c DOUBLE, z INT' <in | cmp - in && echo same
