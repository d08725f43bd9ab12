# SPDX-License-Identifier: MIT
# Too many fields, bytes that are not UTF-8, a quote that is not closed: each costs one row.
medal-ingest --format csv --quarantine q - || exit
sed 's/"file":"[^"]*"/"file":"..."/' q/*.ndjson
