# SPDX-License-Identifier: MIT
medal-write --quarantine q t
cat t/part-0-0.ndjson
jq -c '[._corrupt_record, ._error.reason]' q/part-0-write-0.ndjson
