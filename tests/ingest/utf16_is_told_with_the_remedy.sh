# Such bytes are no records; what is said names the encoding as iconv wants it, once for all files.
printf '{"a":1,"b":"日本"}\n{"a":2}\n' >utf8.json
for e in UTF-16BE UTF-16LE; do iconv -f UTF-8 -t $e utf8.json >$e.json; done
printf 'a,b\n1,2\n' | iconv -f UTF-8 -t UTF-16LE >plain.csv
printf '\377\376' | cat - UTF-16LE.json >UTF-16.json
printf '\377\376' | cat - plain.csv >mark.csv
touch -d 2026-01-01 ./*
# the quarantine says it of each line, but for what is left behind the last line feed
medal-ingest --quarantine q utf8.json UTF-16BE.json UTF-16LE.json UTF-16.json
jq -rR 'fromjson | "\(._error.file | split("/")[-1]) \(._error.line) \(._error.message)"' q/part-*
for f in UTF-16BE UTF-16LE UTF-16; do
	medal-ingest $f.json 2>err | jq -c 'keys'
	sed "s|$PWD/||" err
	# the remedy is one
	iconv -f "$(sed 's/.*iconv -f \([^ ]*\) .*/\1/' err)" -t UTF-8 $f.json | medal-ingest | cmp - utf8.json
done
medal-ingest --format text UTF-16LE.json >/dev/null
medal-ingest plain.csv
medal-ingest mark.csv
medal-ingest <UTF-16.json >/dev/null
# no other bytes are called so
head -c 100 /dev/zero >nul.json
printf '{"a":"\0"}\n{"b":"K\xf6ln"}\n' >latin.json
medal-ingest --quarantine r nul.json latin.json
jq -r '._error.message' r/part-*
