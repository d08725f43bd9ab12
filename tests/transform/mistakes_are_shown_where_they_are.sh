# What is wrong in a query is shown by its class, with line, column and a caret under the place itself.
q() { p=$1; shift; "$p" --schema 'id INT, name STRING' "$@" </dev/null 2>&1 | sed 's/\(\[[A-Z_.]*\]\).*/\1/'; }
q medal-transform 'SELECT id,
  upper(nam)'
q medal-transform 'SELECT id, name AS id'
q medal-transform 'SELECT * EXCEPT (name, nope)'
q medal-transform 'SELECT DISTINCT id'
q medal-transform 'SELECT id FROM t GROUP BY id'
q medal-transform "SELECT GEO '(10,-6)'"
q medal-transform 'SELECT nullif(id)'
q medal-transform 'SELECT row_number()'
q medal-aggregate 'SELECT name, summ(id) FROM t GROUP BY name'
q medal-aggregate 'SELECT name, median(id) FROM t GROUP BY name'
q medal-aggregate 'SELECT name, upper(id) FROM t GROUP BY name'
q medal-aggregate 'SELECT max(make_interval(id)) FROM t GROUP BY name'
echo 'CREATE TABLE t (id INT NOT NUL)' >t.sql
medal-validate t.sql </dev/null 2>&1
medal-aggregate 'SELECT summ(id) FROM t GROUP BY name' </dev/null 2>&1 | grep -o 'did you mean.*'
