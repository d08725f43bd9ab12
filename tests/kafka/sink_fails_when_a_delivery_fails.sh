# A record that Kafka does not take ends the run with a status that is not 0, by the line and with the way out; with a
# quarantine what can be told beforehand goes there. FAULTS: produce errors after return.
. "$MEDAL_TESTS/kafka/kafka.bash"
kafka_shared
say() { kafka_said err | sed "s/$topic/TOPIC/g; s/127.0.0.1:[0-9]*/BROKER/g"; }

kafka_topic 2 max.message.bytes=2000
# the broker refuses: larger than the topic allows. The row before it is refused with it when they are one batch, and a
# slow machine sends two.
{ echo '{"a":1}'; printf '{"a":"%04000d"}\n' 1; } >rows
medal-write -b "$brokers" "kafka:$topic" <rows 2>err
echo "status $?"; say | sed 's/from line [12] of/from line 1 or 2 of/'
# librdkafka would refuse: larger than message.max.bytes
medal-write -b "$brokers" -X message.max.bytes=1500 "kafka:$topic" <rows 2>err
echo "status $?"; say
medal-write -b "$brokers" -X message.max.bytes=1500 --quarantine q "kafka:$topic" <rows
echo "status $?"
jq -c '[._error.reason, (.a | length)]' q/part-*

# no such partition
printf '{"p":%s}\n' 0 1 2 null '"x"' >rows
medal-write -b "$brokers" --partition p "kafka:$topic" <rows 2>err
echo "status $?"; say
medal-write -b "$brokers" --partition p --quarantine q2 "kafka:$topic" <rows
echo "status $?"
jq -c '[.p, ._error.reason]' q2/part-*
kcat -C -q -e -b "$brokers" -t "$topic" -o beginning -f '%p %s\n' | grep '"p":[01]' | sort -u

# no such topic, no broker
topic=no-such-topic
echo '{}' | medal-write -b "$brokers" "kafka:$topic" 2>err
echo "status $?"; say
echo '{}' | medal-write -b 127.0.0.1:1 -X security.protocol=bogus "kafka:$topic" 2>err
echo "status $?"; say
medal-write "kafka:$topic" 2>err </dev/null
echo "status $?"; say
