# SPDX-License-Identifier: MIT
medal-write t
cmp "$MEDAL_TESTS/write/rows_keep_their_bytes.in" t/part-0-0.ndjson && echo same
wc -l <t/part-0-0.ndjson
