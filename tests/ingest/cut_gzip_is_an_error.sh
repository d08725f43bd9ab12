# SPDX-License-Identifier: MIT
{ echo '{"a":1}' | gzip; echo '{"a":2}' | gzip | head -c -4; } >x.json.gz
medal-ingest x.json.gz
