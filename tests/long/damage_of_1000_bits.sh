# 1,000 bits of what a broker sends are others, one by one: see the short one in tests/kafka.
export FLIPS=1000 SEED=${SEED:-$RANDOM}
. "$MEDAL_TESTS/kafka/source_damage_is_told.sh"
