# SPDX-License-Identifier: MIT
ulimit -f 64
trap '' XFSZ
yes '{"a":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}' | head -n 100000 | medal-write t
echo "status ${PIPESTATUS[2]}"
find t -type f
