# a run that is over may not act; what stands behind the fence is the decision, put-if-absent
. "$MEDAL_TESTS/model/spin.bash"
breaks epoch 'hmain[' -DM_NO_FENCE
SEARCH=-DREVERSE breaks epoch 'hside[' -DM_BAR_NEWEST -DKILLS=2 -DEPOCHS=1
OPTIMIZE=-O1 holds epoch -DM_NO_FENCE -DNO_CLEAN -DNO_END -DEPOCHS=1
breaks epoch 'main_[' -DM_NO_FENCE -DNO_CLEAN -DNO_END -DM_LEDGER_REPLACED
