# Epochs of --max-records offsets, shared by lag as Spark does (at least one each); offsets/N and sources/0/0 in Spark's
# bytes; the group's offsets follow the commits; a second topic joins; a Spark checkpoint's offsets are gone on with.
. "$MEDAL_TESTS/kafka/kafka.bash"
kafka_shared
kafka_topic 3
for i in $(seq 0 89); do echo "{\"p\":0,\"n\":$i}"; done | kcat -P -b "$brokers" -t "$topic" -p 0
for i in $(seq 0 8); do echo "{\"p\":1,\"n\":$i}"; done | kcat -P -b "$brokers" -t "$topic" -p 1
echo '{"p":2,"n":0}' | kcat -P -b "$brokers" -t "$topic" -p 2
pipeline() {
	medal-ingest --checkpoint ck -b "$brokers" "$@" | medal-write table | medal-checkpoint commit
	echo "status ${PIPESTATUS[*]}"
}
offsets() {
	for f in $(ls ck/offsets | sort -n); do tail -n 1 "ck/offsets/$f"; echo; done | sed "s/$topic/TOPIC/g"
}
# 100 offsets: 50 are shared as 45, 4 and 0.5, which is one; then 45, 5 by 50, which is all
pipeline -t "$topic" --max-records 50 --group "g-$topic"
offsets
od -An -c ck/sources/0/0 | tr -d ' \n' | sed "s/$topic/TOPIC/"
echo
kafka_admin group "g-$topic" | sed "s/^$topic/TOPIC/" | sort
jq -c '.n' table/part* | wc -l
echo epoch 0 again: "$(medal-checkpoint replay --epoch 0 ck | jq -c "[.p,.n]" | sort -u | wc -l)"
echo a second topic:
first=$topic
kafka_topic 1
echo '{"p":0,"n":-1}' | kcat -P -b "$brokers" -t "$topic"
pipeline -t "$first" -t "$topic"
tail -n 1 ck/offsets/2 | sed "s/$topic/SECOND/;s/$first/FIRST/" | jq -cS .
pipeline -t "$topic" 2>&1 | grep -v ^medal-checkpoint | sed "s/$topic/SECOND/;s/$first/FIRST/"
echo offsets of a Spark query:
medal-checkpoint import --offsets "{\"$first\":{\"2\":1,\"0\":88,\"1\":9}}" spark | tail -n 1 | sed 's/.*spark/spark/'
medal-ingest --checkpoint spark -b "$brokers" -t "$first" | medal-write table2 | medal-checkpoint commit
cat table2/part*
