# what a power cut takes when a sync is missing
. "$MEDAL_TESTS/model/spin.bash"
for rule in BYTES_UNSYNCED COMMIT_UNSYNCED DECISION_UNSYNCED LOG_BEFORE_TABLE_SYNC NAME_UNSYNCED OFFSETS_UNSYNCED \
	STATE_UNSYNCED TRUST_WHAT_IS_SEEN; do
	breaks power 'assertion violated' -DM_$rule
done
