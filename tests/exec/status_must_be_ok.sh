# SPDX-License-Identifier: MIT
printf '{"a":1}\n{"a":2}\n' >in
medal-exec grep 2 <in
echo "status $?"
medal-exec grep 3 <in 2>&1
echo "status $?"
medal-exec --ok 0,1 grep 3 <in
echo "status $?"
medal-exec --ok 0,1 grep '(' /nowhere <in 2>&1 | tail -n 1
medal-exec false <in 2>&1
echo "status $?"
medal-exec sh -c 'kill -9 $$' <in 2>&1
echo "status $?"
medal-exec no-such-program <in 2>&1
echo "status $?"
medal-exec /etc/passwd <in 2>&1
echo "status $?"
medal-exec --ok 1,x cat <in 2>&1
echo "status $?"
