# SPDX-License-Identifier: MIT
medal-write --partition-by l t
find . -type f | sort
