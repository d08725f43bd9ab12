# They would do nothing, in silence.
medal-checkpoint show --tables ck
medal-checkpoint verify --json ck
medal-checkpoint gc --keep 3 ck
medal-checkpoint rollback --to 1 --repair ck
medal-checkpoint commit --compact --no-compact
medal-checkpoint lag --to spark ck
medal-checkpoint replay --epoch 1 -X a=b ck
