# Of each program that passes rows through, at two sizes of input: neither may need 32 MiB.
. "$MEDAL_TESTS/lib.sh"
case $MEDAL_BUILD in */san-*) skip "a sanitizer needs memory of its own" ;; esac
medal-simulate music --rows 2000 --malformed 1% >rows.ndjson
cat >listen.sql <<'SQL'
CREATE STREAMING TABLE t (ts BIGINT NOT NULL, userId BIGINT, duration DOUBLE, city STRING,
  CONSTRAINT real EXPECT (duration > 0) ON VIOLATION DROP ROW) AS SELECT * FROM STREAM(s);
SQL
cat >measure.py <<'PY'
import os, resource, subprocess, sys
megabytes, command = int(sys.argv[1]), sys.argv[2:]
source = subprocess.Popen(["python3", "-c", f"""
import sys
data = open('rows.ndjson', 'rb').read()
n = {megabytes << 20}
while n > 0:
    n -= sys.stdout.buffer.write(data)
"""], stdout=subprocess.PIPE)
run = subprocess.Popen(command, stdin=source.stdout, stdout=subprocess.DEVNULL)
source.stdout.close()
_, status, usage = os.wait4(run.pid, 0)
source.wait()
if status or source.returncode or usage.ru_maxrss >= 32 << 10:
    print(f"{command[0]}: status {status}, {usage.ru_maxrss >> 10} MiB at {megabytes} MiB of input")
PY
for megabytes in 4 128; do
	rm -rf t q ckpt
	python3 measure.py $megabytes medal-ingest --quarantine q.ingest.$megabytes
	python3 measure.py $megabytes medal-ingest --format text
	python3 measure.py $megabytes medal-validate --quarantine q.validate.$megabytes listen.sql
	python3 measure.py $megabytes medal-transform --quarantine q.transform.$megabytes --schema listen.sql \
		'SELECT *, upper(city) AS place WHERE duration > 1'
	python3 measure.py $megabytes medal-write --quarantine q.write.$megabytes t
	rm -rf t
	python3 measure.py $megabytes medal-write --quarantine q.zstd.$megabytes --compress zstd t
done
