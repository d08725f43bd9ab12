# SPDX-License-Identifier: MIT
echo '{"a":1}' | medal-write t
echo '{"a":2}' | medal-write t
