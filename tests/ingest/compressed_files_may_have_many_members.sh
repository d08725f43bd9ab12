# SPDX-License-Identifier: MIT
{ echo '{"a":1}' | gzip; echo '{"a":2}' | gzip; } >x.json.gz
{ echo '{"a":3}' | zstd -q; echo '{"a":4}' | zstd -q; } >y.json.zst
medal-ingest x.json.gz && medal-ingest y.json.zst
