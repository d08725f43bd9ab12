# SPDX-License-Identifier: MIT
medal-transform --schema 'a INT, b STRING' --describe 'SELECT a + 1L AS n, b, CAST(a AS DOUBLE) AS d, a > 1 AS big'
