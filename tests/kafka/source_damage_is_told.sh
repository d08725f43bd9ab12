# A bit of what the broker sends is another: no row is wrong, and the run that met it says so and can be run again.
. "$MEDAL_TESTS/kafka/kafka.bash"
need python3
kafka_own --proxied
"$MEDAL_TESTS/kafka/network_faults.py" damage "$port" "${SEED:-1}"
