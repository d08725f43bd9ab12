# It is the object's own text; it was "{}" once. Where its members got types by another use of it, these are written.
echo '{"x":{"a":1,"b":[1,{"c":null}]},"y":[1,{"d":2}]}' >in
medal-transform 'SELECT to_json(x) AS j, to_json(y[1]) AS k, to_json(x.b) AS l' <in
medal-aggregate 'SELECT max(to_json(x)) AS j GROUP BY x' <in
medal-transform --schema 'x STRUCT<a INT>' 'SELECT to_json(x) AS x' <in
