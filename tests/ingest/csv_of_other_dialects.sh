# SPDX-License-Identifier: MIT
printf '# made by hand\na\tb\n"q\\"x"\t1\n' | medal-ingest --format csv -d '\t' --escape '\' --comment '#' -
printf "a,b\n'x,y',\"z\"\n" | medal-ingest --format csv --quote "'" -
printf 'a,b\n"x,y"\n' | medal-ingest --format csv --quote '' -
