# Times near the ends of 64 bits of microseconds: a window of them would begin or end beyond. (One such record kept the
# program busy for ever, another one was nowhere.)
query() {
	medal-aggregate --quarantine "bad$1" "SELECT $2.start AS s, count(*) AS n GROUP BY $2(timestamp_micros(t), $3)"
	grep -oh '^{"t":[-0-9]*\|"reason":"[A-Z_]*"' "bad$1"/part-* | paste - -
}
printf '{"t":%s}\n' -9223372036854775808 -9223372036854770000 9223372036854775807 9223372036854770000 60000000 >in
query 1 window "'1 minute'" <in
query 2 window "'10 minutes', '5 minutes', '30 seconds'" <in
query 3 session_window "'1 minute'" <in
head -1 in | medal-aggregate "SELECT count(*) AS n GROUP BY window(timestamp_micros(t), '1 minute')"
