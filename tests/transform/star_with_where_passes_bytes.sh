# SPDX-License-Identifier: MIT
medal-transform 'SELECT * FROM STREAM(x) WHERE b IS NOT NULL AND a IS NULL'
