# The parts of make_interval() are added in order: months, days, time. Counted by hand; the daylight-saving gap of 2024-03-10 and
# the classes as in Spark.
m() { printf '{"d":1}\n' | medal-transform --timezone America/Los_Angeles "SELECT $1 AS x" 2>&1 | sed "1s/.*\(\[[A-Z_.]*\]\).*/\1/;q"; }
m "TIMESTAMP'2024-01-31 10:00:00' + make_interval(0, 1, 0, d)"
m "TIMESTAMP'2024-01-31 10:00:00' - make_interval(0, 1)"
m "TIMESTAMP'2024-03-09 02:30:00' + make_interval(0, 0, 0, d)"
m "make_interval(0, 0, 0, 1, 0, 0, 1.5) + TIMESTAMP_NTZ'2024-03-09 02:30:00'"
m "DATE'2024-01-31' - make_interval(0, 1, 0, d)"
m "DATE'2024-01-31' - make_interval(0, 1, 0, d, 1)"
m "TIMESTAMP'2024-01-31 10:00:00' + try_make_interval(2147483647, d)"
m "TIMESTAMP'2024-01-31 10:00:00' + make_interval(2147483647, d)"
