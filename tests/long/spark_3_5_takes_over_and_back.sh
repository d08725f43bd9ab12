# The hand-over tests of spark/ and kafka/ with PySpark 3.5, whose expected output is that of Spark 4.1. A second Spark is 300 MB: it is
# not installed by deps.sh, but used where SPARK35_PYTHON names a python that has it
# (python3 -m venv V && V/bin/pip install 'pyspark==3.5.*'; SPARK35_PYTHON=V/bin/python3).
. "$MEDAL_TESTS/lib.sh"
[ -n "$SPARK35_PYTHON" ] || skip "SPARK35_PYTHON names no python with pyspark 3.5"
need java
export MEDAL_PYTHON=$SPARK35_PYTHON
python -c 'import pyspark; assert pyspark.__version__.startswith("3.5."), pyspark.__version__' || fail "not 3.5"
top=$PWD
for t in ${CASES:-spark/tables spark/table_handover spark/takeover spark/import_offsets spark/handoff_traps spark/handoff_ten_times \
	spark/handoff_renumbered spark/compacted_tables kafka/spark_goes_on}; do
	mkdir -p "$t"
	(cd "$t" && bash "$MEDAL_TESTS/$t.sh" >"$top/out" 2>"$top/err") || {
		status=$?
		[ $status != 77 ] || skip "$t: $(tail -n 1 err)"
		fail "$t: status $status: $(tail -n 5 err)"
	}
	diff "$MEDAL_TESTS/$t.out" out || fail "$t: another output"
	echo "$t"
done
