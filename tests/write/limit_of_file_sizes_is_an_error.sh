# What is written beyond `ulimit -f` is told as on a full disk (75, with the name), and is no death by SIGXFSZ: a table, standard
# output, a backup. A program under medal-exec has the signal as it was.
. "$MEDAL_TESTS/lib.sh"
limited() { # BLOCKS COMMAND...: status and words
	(ulimit -f "$1" && shift && "$@") 2>&1 >&3 3>&- | sed "s|$PWD/||g; s|[0-9a-f]\{32\}|RUN|; s|\.[0-9]*\.tmp|.PID.tmp|"
	echo "status ${PIPESTATUS[0]}"
}
exec 3>/dev/null
medal-simulate music --rows 2000 >rows
limited 16 medal-write t <rows
ls t 2>/dev/null
limited 16 medal-simulate music --rows 2000 3>file
limited 16 medal-transform 'SELECT ts' <rows 3>file
limited 16 medal-dedupe -k userId --forever <rows 3>file
medal-ingest --checkpoint ck rows | medal-dedupe -k userId,ts --forever | medal-write t | medal-checkpoint commit
limited 1 medal-checkpoint backup copy.tar.zst ck
ls copy.tar.zst 2>/dev/null
limited 1 medal-exec sh -c 'kill -XFSZ $$' <rows
