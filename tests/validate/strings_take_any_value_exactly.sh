# SPDX-License-Identifier: MIT
medal-validate --schema 'b STRING' -e "x EXPECT (b IN ('12.50', '{\"o\": 1}', '[1, 2]', '1e3', 'true')) ON VIOLATION DROP ROW"
