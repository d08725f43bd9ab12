# without the intent a rollback stops half way, which is safe only while commits go first
. "$MEDAL_TESTS/model/spin.bash"
breaks rollback 'changed' -DM_NO_INTENT
holds rollback -DM_NO_INTENT -DNO_GOAL
breaks rollback 'assertion violated' -DM_NO_INTENT -DNO_GOAL -DM_TABLE_FIRST
breaks rollback 'got[d]' -DM_READERS_NOT_ASKED
breaks rollback 'assertion violated' -DM_NO_GENERATION
breaks rollback 'worked' -DM_TRUST_WHAT_IS_SEEN
