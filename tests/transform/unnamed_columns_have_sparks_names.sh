# SPDX-License-Identifier: MIT
medal-transform 'SELECT a + 1, upper(b), CAST(a AS STRING), a'
