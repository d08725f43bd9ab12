# 200 faults on the way to the broker, drawn by a seed: connections reset, half-open, requests that come late, at any
# request of a source and of a sink. The short ones are in tests/kafka.
. "$MEDAL_TESTS/kafka/kafka.bash"
need python3
kafka_own --proxied
FAULTS=200 "$MEDAL_TESTS/kafka/network_faults.py" chance "$port" "${SEED:-$RANDOM}"
