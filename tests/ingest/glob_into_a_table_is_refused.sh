# SPDX-License-Identifier: MIT
# What lies in a table's folder is data only when its log says so.
mkdir -p t/_spark_metadata
echo '{"a":1}' >t/part-0-0.ndjson
medal-ingest 't/*.ndjson'
