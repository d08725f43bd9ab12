# An epoch that was planned and not committed is read again exactly as planned, though files came, grew and were touched
# meanwhile; those come after it. A planned file that is gone is missed.
mkdir in
put() { seq "$1" "$2" | sed 's/.*/{"n":&}/' >>in/$3; touch -d "2024-01-0$4" in/$3; }
run() { medal-ingest --checkpoint ck --max-files 2 in | medal-write t | medal-checkpoint commit; }
put 1 2 a.json 1
put 3 4 b.json 2
run
put 5 6 c.json 3
put 7 8 d.json 4
# the tail is killed before it decides: epoch 1 stays planned
medal-ingest --checkpoint ck --max-files 2 --commit-timeout 1s in 2>/dev/null | medal-write t 2>/dev/null | cat >/dev/null
ls ck/offsets ck/commits | tr '\n' ' '
echo
before=$(cat ck/offsets/1)
put 9 9 c.json 3       # grown: not before its own epoch, and then only with --tail
put 10 10 older.json 1 # came later, is older
mv in/d.json .
run 2>/dev/null
echo "status $?"
mv d.json in
run 2>/dev/null
[ "$before" = "$(cat ck/offsets/1)" ] || echo "planned again"
for e in 0 1 2; do echo "epoch $e: $(cat t/part-$e-* | jq .n | tr '\n' ' ')"; done
# decided but not committed: rolled forward, not read again
rm ck/commits/2
mv in away
mkdir in
run
ls ck/commits | wc -l
cat t/part-* | wc -l
medal-checkpoint verify --tables ck | sed 's/.*: //'
