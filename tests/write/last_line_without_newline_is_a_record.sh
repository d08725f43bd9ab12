# SPDX-License-Identifier: MIT
printf '{"a":1}\n{"a":2}' | medal-write t
cat t/part-0-0.ndjson
printf '{"a":1}\n{"a":' | medal-write u
ls -A u
