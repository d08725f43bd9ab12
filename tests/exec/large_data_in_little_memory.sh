# SPDX-License-Identifier: MIT
# 100 MB through cat within 64 MB of address space; and more output than any pipe holds before the first read.
. "$MEDAL_TESTS/lib.sh"
yes '{"id":1234567890,"text":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}' | head -n 1000000 >big
case $MEDAL_BUILD in
*/san-*) ;; # a sanitizer wants more address space than there is memory
*) ulimit -v 65536 ;;
esac
medal-exec cat <big | cmp - big && echo same
medal-exec sh -c 'seq -f "{\"n\":%.0f}" 400000; cat' <big | (head -n 400000 | tail -n 1; tail -n 1 | cut -c 1-20)
medal-exec sh -c 'cat >all; cat all all' <big | wc -l
