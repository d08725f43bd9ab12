. "$MEDAL_TESTS/model/spin.bash"
OPTIMIZE=-O1
holds epoch
holds epoch -DKILLS=0 -DEPOCHS=3
holds branch
holds power -DEPOCHS=3 -DKILLS=2 -DCUTS=2
holds rollback -DEPOCHS=3 -DKILLS=2 -DCUTS=2
