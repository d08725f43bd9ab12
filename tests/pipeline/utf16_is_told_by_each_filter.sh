# Who feeds UTF-16 to a filter without medal-ingest before it hears what it is, and the remedy.
printf '{"a":1,"b":"x"}\n' | iconv -f UTF-8 -t UTF-16 >in
for f in "medal-validate --mode failfast -e 'x EXPECT (a > 0)'" "medal-dedupe -k a --forever" "medal-transform 'SELECT a'" "medal-aggregate 'SELECT count(*) AS n'"; do
	eval "$f" <in || echo "status $?"
done
