# So long that programs lend the pipe their pages instead of copying, with gaps of dropped lines; each program alone,
# through files, gives what must come out of the pipe
medal-simulate music --rows 120000 --seed 3 --malformed 0.05% --duplicates 1% >in.ndjson
key=userId,sessionId,itemInSession,ts
medal-ingest --quarantine q1 in.ndjson >1
medal-validate -e 'paid EXPECT (itemInSession < 40) ON VIOLATION DROP ROW' <1 >2
medal-dedupe -k $key --forever <2 >3
medal-transform 'SELECT * WHERE duration > 20' <3 >want
test "$(wc -c <want)" -gt 40000000 || echo "too short to lend anything"
pipe() {
	medal-ingest --quarantine "q$1" in.ndjson |
		medal-validate -e 'paid EXPECT (itemInSession < 40) ON VIOLATION DROP ROW' |
		medal-dedupe -k $key --forever | medal-transform 'SELECT * WHERE duration > 20'
}
pipe 2 | cmp - want && echo equal
# a reader that is slower than all of them
pipe 3 | medal-exec sh -c 'sleep 1; cat' | cmp - want && echo equal
# with a checkpoint the books prove it, too
medal-ingest --checkpoint ck --quarantine q4 in.ndjson | medal-dedupe -k $key --forever |
	medal-write table | medal-checkpoint commit
medal-checkpoint verify --tables ck | grep -o 'the books balance'
