# The way to the broker is cut before and after each kind of request of a transaction, or swallows it, or brings it a second
# time, late: a reader of committed records finds each row once.
. "$MEDAL_TESTS/kafka/kafka.bash"
need python3
kafka_own --proxied
"$MEDAL_TESTS/kafka/network_faults.py" sink "$port"
