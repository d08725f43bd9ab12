# the larger bounds of tests/model: minutes, and gigabytes for two kills of a whole hop
. "$MEDAL_TESTS/model/spin.bash"
OPTIMIZE=-O2 MEMORY_MB=6000
holds epoch -DEPOCHS=3
holds epoch -DKILLS=2 -DEPOCHS=1
holds epoch -DM_NO_FENCE -DNO_CLEAN -DNO_END
holds branch -DKILLS=2
holds branch -DEPOCHS=3
holds power -DEPOCHS=4 -DKILLS=3 -DCUTS=2
holds rollback -DEPOCHS=4 -DKILLS=3 -DCUTS=2
