# SPDX-License-Identifier: MIT
for i in 0 1 2; do echo "{\"a\":$i}" | medal-write --mode append t; done
cat t/part-*
echo '{"a":"new"}' | medal-write --mode overwrite t
echo '{"a":"more"}' | medal-write --mode append t
find t -type f | sort
