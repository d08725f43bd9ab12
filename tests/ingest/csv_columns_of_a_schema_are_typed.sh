# SPDX-License-Identifier: MIT
printf 'id;name;ok;x\n1;ann;True;7\n-2.5e3;12;no;\n' >a.csv
printf '1,"2",3\n' >b.csv
medal-ingest -d ';' --schema 'ID DOUBLE, name STRING, ok BOOLEAN' a.csv
medal-ingest --no-header --schema 'a INT, b DECIMAL(5,2), c STRING' b.csv | medal-validate --schema 'a INT, b DECIMAL(5,2), c STRING'
