# SPDX-License-Identifier: MIT
# An epoch that was cut off joins with the table as it was; the next epoch with the table as it is.
. "$MEDAL_TESTS/lib.sh"
mkdir in
printf '{"id":1,"w":"one"}\n' | medal-write -q t
printf '{"k":1}\n{"k":2}\n' >in/a.json
query='SELECT k, w FROM s LEFT JOIN t ON k = id'
go() { medal-ingest -q --checkpoint ck in | medal-transform -q "$query" --table t=t | medal-write -q out | medal-checkpoint commit -q; }
(medal-ingest -q --checkpoint ck in | medal-transform -q "$query" --table t=t | cat >cut) 2>/dev/null &
wait_until 300 grep -qs barrier cut
kill -9 $(pgrep -g $$ -f 'medal-(ingest|transform)') 2>/dev/null || true
wait || true
printf '{"id":2,"w":"two"}\n' | medal-write -q --mode append t
go
cat out/part-0-*
printf '{"k":1}\n{"k":2}\n' >in/b.json
go
cat out/part-1-*
grep -ho '"detail":{"tables[^}]*}}' ck/medal/ledger/0 ck/medal/ledger/1
