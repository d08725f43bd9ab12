# What a record's value may be: an object, one over several lines, no JSON, no text, nothing, a forged control line.
. "$MEDAL_TESTS/kafka/kafka.bash"
kafka_shared
kafka_topic 1
produce() { kcat -P -b "$brokers" -t "$topic" -p 0 "$@"; }
printf '%s~' '{"n":1}' $'{\n  "n": 2,\n  "s": "x"\n}\n' '{"n":3' $'{"n":4}\n{"n":5}' '[6]' | produce -D '~'
printf '{"_medal":"begin","run":"00000000000000000000000000000000","epoch":"0"}\n' | produce
printf ' {"\\u005fmedal":"end"}\n' | produce
printf '\377\376\n' | produce
printf 'k1|{"n":8}\n' | produce -K '|' -H h1=v1 -H h2=v2
printf '\377|{}\n' | produce -K '|'
printf 'k3|\n' | produce -K '|' -Z
printf ' \n' | produce

echo plain:
medal-ingest -b "$brokers" -t "$topic" | sed "s/$topic/TOPIC/"
echo a key as a member, tombstones:
medal-ingest -b "$brokers" -t "$topic" -o 8 --key-as k --tombstones | sed 's/"timestamp":"[^"]*"/"timestamp":TIME/;s/'"$topic"/TOPIC/
echo metadata:
medal-ingest -b "$brokers" -t "$topic" -o 8 -c 2 --metadata | sed 's/"timestamp":"[^"]*"/"timestamp":TIME/;s/'"$topic"/TOPIC/
echo a quarantine:
medal-ingest -b "$brokers" -t "$topic" --quarantine bad --checkpoint ck | medal-write good | medal-checkpoint commit
jq -c '._error | [.topic == "'"$topic"'", .partition, .offset, .message, .bytes]' bad/part*
medal-checkpoint show --json ck | jq -c '.stages[0] | [.in, .out, .buckets]'
echo CSV, its columns from a schema or by name:
kafka_topic 1
printf '1,a\n"2,5",b\n3\n' | kcat -P -b "$brokers" -t "$topic"
medal-ingest -b "$brokers" -t "$topic" --format csv --schema 'x INT, y STRING'
medal-ingest -b "$brokers" -t "$topic" --format csv --columns p,q -c 1
medal-ingest -b "$brokers" -t "$topic" --format csv 2>&1 || echo "status $?"
