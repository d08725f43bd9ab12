# SPDX-License-Identifier: MIT
# It is kept in parts, so that it never stands in memory; --unwrap puts it together.
{ echo '{"a":1}'; printf '{"a":"%0100d"}\n' 7; echo '{"a":2}'; } >x.json
medal-ingest --max-record 50 --quarantine q x.json && medal-ingest --unwrap q
