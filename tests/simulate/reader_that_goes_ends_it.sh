# SPDX-License-Identifier: MIT
medal-simulate sensors --endless | head -n 2 | wc -l
echo "${PIPESTATUS[0]}"
