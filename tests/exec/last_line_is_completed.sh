# SPDX-License-Identifier: MIT
printf '{"a":1}\n{"a":2}' | medal-exec tr -d '\n' 2>&1 | cut -c 1-60
printf '{"a":1}\n' | medal-exec printf '{"b":%d}' 1
printf '{"a":1}' | medal-exec cat
