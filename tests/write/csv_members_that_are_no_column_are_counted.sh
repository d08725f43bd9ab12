# SPDX-License-Identifier: MIT
medal-write --format csv --schema 'b STRING, a INT' t
cat t/part-0-0.csv
