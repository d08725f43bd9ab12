# SPDX-License-Identifier: MIT
medal-exec jq -c '.n += 1 | select(.n > 2)'
