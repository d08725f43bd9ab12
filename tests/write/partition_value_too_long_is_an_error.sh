# SPDX-License-Identifier: MIT
printf '{"l":"%0300d"}\n' 1 | medal-write --partition-by l t
