# 120,000 lines of one shape, then 60,000 whose arrays change in length from line to line: no shape proves those.
. "$MEDAL_TESTS/lib.sh"
grep -qw 'sse4_2\|asimd' /proc/cpuinfo || skip "this processor has nothing that proves a line faster than the exact scanner"
python3 -c '
for i in range(120000):
    print("{\"id\":%d,\"v\":\"%d\"}" % (i, i))
for i in range(60000):
    print("{\"id\":%d,\"v\":[%s]}" % (i, ",".join("1" * (i % 7 + 1))))' >in
medal-validate -v --schema 'id BIGINT' <in 2>err | wc -l
awk '/lines scanned/ { print ($3 == 180000 && $6 > 20 && $6 < 40 ? "about a third" : $0) }' err
