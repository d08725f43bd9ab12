# SPDX-License-Identifier: MIT
printf '{"a":1}\n{"a": 2}' | medal-transform 'SELECT * WHERE a = 2'
