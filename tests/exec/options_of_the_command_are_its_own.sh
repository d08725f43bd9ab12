# SPDX-License-Identifier: MIT
# What follows the command is the command's, also what looks like an option of ours.
printf '{"b":1}\n{"a":1}\n{"a":1}\n' | medal-exec sort -u
printf '{"a":1}\n' | medal-exec -- sh -c 'cat; printf "{\"args\":\"%s %s\"}" "$@"' sh --ok --help
