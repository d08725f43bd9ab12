# No program emits a record whose first member is _medal.
echo '{"a":"end"}' >in.json
medal-aggregate 'SELECT a AS _medal, count(*) AS n GROUP BY a' <in.json
echo "status $?"
medal-aggregate 'SELECT count(*) AS n, a AS _medal GROUP BY a' <in.json
