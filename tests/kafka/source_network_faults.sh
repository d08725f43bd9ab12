# The way to the broker is slow, is cut, swallows everything, or half of it: what is read is the topic in the end, and a run that
# gives up says where, and why.
. "$MEDAL_TESTS/kafka/kafka.bash"
need python3
kafka_own --proxied
"$MEDAL_TESTS/kafka/network_faults.py" source "$port"
