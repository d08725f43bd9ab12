# SPDX-License-Identifier: MIT
medal-transform 'SELECT *, a + 1 AS next, b AS copy'
