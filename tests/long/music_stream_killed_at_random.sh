# 1,000,000 events in 12 partitions, 100 kills of programs and 10 of the broker: see the short one in tests/kafka.
export PARTITIONS=12 MUSIC="--rows 1000000 --kills 100 --broker-kills 10 --pieces 110 --seed 7"
. "$MEDAL_TESTS/kafka/music_stream_killed_at_random.sh"
