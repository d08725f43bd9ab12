# A client of librdkafka that does not come to its end holds nobody up: the program ends with its message and status.
export LD_PRELOAD=$MEDAL_BUILD/test/hang_at_kafka.so
medal-ingest -b 127.0.0.1:1 -t topic --broker-timeout 5s
echo "status $?"
