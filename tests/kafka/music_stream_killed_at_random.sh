# tests/systems/music with Kafka in front and behind: its hops run all at once while events come, programs and the
# broker are killed at random, and in the end each layer is what the truth and the batch variant say.
. "$MEDAL_TESTS/kafka/kafka.bash"
kafka_own
cp -R "$MEDAL_TESTS/systems/music/." .
for t in listen_events page_view_events auth_events status_change_events plays_per_minute; do
	kafka_admin create $t "${PARTITIONS:-3}" || fail "no topic $t"
done
export BROKERS=$brokers KAFKA="$MEDAL_TESTS/kafka/kafka-local --dir $KAFKA_DIR" FILES=100
python "$MEDAL_TESTS/kafka/music_stream.py" ${MUSIC:---rows 20000 --kills 12 --broker-kills 1 --seed 5} 2>stream.log ||
	fail "$(tail -n 5 stream.log follow.log)"
./pipeline.sh final 2>final.log || fail "$(cat final.log)"
./pipeline.sh batch
python check.py timing >check.log || fail "$(tail -n 3 check.log) $(cat stream.log)"
for c in ckpt/*/*; do
	medal-checkpoint verify --tables "$c" >verify.log || fail "$c: $(cat verify.log)"
done
# gold's topic is gold's table
medal-ingest gold/plays_per_minute | sort >table
kafka_read plays_per_minute | sort | cmp - table || fail "the topic plays_per_minute is not the table"
[ -s table ] || fail "no minute was played"
echo equal
