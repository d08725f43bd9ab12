# A filter with threads that read ahead: what came before a pause goes out at once, one line after the other, the end and an
# error come in their place, and where nobody reads any more it ends.
. "$MEDAL_TESTS/lib.sh"
python -c 'for k in range(30000): print("{\"id\":%d,\"t\":\"%s\"}" % (k, "x" * 80))' >in
mkfifo to
medal-validate --threads 3 --schema 'id BIGINT' <to >out &
pid=$!
exec 3>to
lines() { [ "$(wc -l <out)" -eq "$1" ]; }
cat in >&3
wait_until 30 lines 30000 || echo "rows are kept back"
[ "$(ls /proc/$pid/task | wc -l)" -ge 3 ] || echo "there are no three threads"
for k in 1 2 3; do
	echo '{"id":1}' >&3
	wait_until 30 lines $((30000 + k)) || echo "row $k is kept back"
done
cat in >&3
printf '{"id":2}' >&3
exec 3>&-
wait $pid || echo "status $?"
cat in <(printf '{"id":1}\n{"id":1}\n{"id":1}\n') in <(echo '{"id":2}') | cmp - out

# one thread or many: the same error, and the rows before it
(cat in in; echo '{"id":'; cat in in) >bad
for n in 1 2 7; do
	medal-dedupe --threads $n -k id,t --forever <bad >out.$n || echo "status $?"
	cmp in out.$n
done

# the reader goes; the input would never end
(yes '{"id":1,"t":"yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy"}' | medal-validate --threads 3 --schema 'id BIGINT'; echo "status ${PIPESTATUS[1]}" >&2) |
	head -n 100000 | tail -n 1
