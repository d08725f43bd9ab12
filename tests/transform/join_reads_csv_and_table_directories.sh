# SPDX-License-Identifier: MIT
printf 'id,city\n1,Rome\n2,"Bonn, ""old"""\n' >c.csv
printf '{"id":"1","n":10}\n' | medal-write -q t
printf '{"id":"2","n":20}\n' | medal-write -q --mode append t
printf '{"id":"3","n":30}\n' >t/part-left-behind.ndjson
printf '{"k":1}\n{"k":2}\n{"k":3}\n' |
	medal-transform 'SELECT k, city, n FROM x LEFT JOIN c ON k = c.id LEFT JOIN t ON k = t.id' --table c=c.csv --table t=t
