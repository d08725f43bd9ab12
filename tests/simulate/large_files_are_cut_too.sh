# SPDX-License-Identifier: MIT
# A cut in the middle of the output's block once let the next block run over its buffer.
medal-simulate music --rows 30000 --output-dir whole
medal-simulate music --rows 30000 --output-dir cut --files 6
cat cut/listen_events-*.ndjson | cmp - whole/listen_events.ndjson && echo same
