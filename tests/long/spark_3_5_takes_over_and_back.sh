# The hand-over tests of spark/ with PySpark 3.5, whose expected output is that of Spark 4.1. A second Spark is 300 MB: it is
# not installed by deps.sh, but used where SPARK35_PYTHON names a python that has it
# (python3 -m venv V && V/bin/pip install 'pyspark==3.5.*'; SPARK35_PYTHON=V/bin/python3).
. "$MEDAL_TESTS/lib.sh"
[ -n "$SPARK35_PYTHON" ] || skip "SPARK35_PYTHON names no python with pyspark 3.5"
need java
export MEDAL_PYTHON=$SPARK35_PYTHON
python -c 'import pyspark; assert pyspark.__version__.startswith("3.5."), pyspark.__version__' || fail "not 3.5"
for t in ${CASES:-tables table_handover takeover import_offsets handoff_traps handoff_ten_times handoff_renumbered compacted_tables}; do
	mkdir "$t"
	(cd "$t" && bash "$MEDAL_TESTS/spark/$t.sh" >../out 2>../err) || fail "$t: status $?: $(tail -5 err)"
	diff "$MEDAL_TESTS/spark/$t.out" out || fail "$t: another output"
	echo "$t"
done
