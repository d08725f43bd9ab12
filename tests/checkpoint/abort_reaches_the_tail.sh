# A program that fails tells why: the tail prints it and ends with its status, so that cron sees the cause. The epoch is not
# committed, and the mended pipeline takes it in.
printf '{"a":1}\nbad\n{"a":3}\n' >in.json
medal-ingest --checkpoint ck in.json 2>/dev/null | medal-dedupe --forever -k a 2>/dev/null | medal-write t 2>/dev/null | medal-checkpoint commit
echo "dedupe: $? $(ls ck/commits | wc -l)"
medal-ingest --checkpoint ck --quarantine q in.json | medal-dedupe --forever -k a | medal-write t | medal-checkpoint commit
echo "mended: $? $(cat t/part-* | tr '\n' ' ') $(cat q/part-* | wc -l)"
# a source that cannot start sends nothing but the cause
medal-ingest --checkpoint /proc/nowhere in.json 2>/dev/null | medal-write t2 2>/dev/null | medal-checkpoint commit
echo "source: $? $(ls t2 2>/dev/null)"
