# one epoch in doubt, rolled forward once it is decided, over the state that begin names; who waits sees deaths
. "$MEDAL_TESTS/model/spin.bash"
breaks epoch 'assertion violated' -DM_TWO_IN_DOUBT
breaks epoch 'main_[e]&1)!=0)==(e==1)' -DM_LAST_STATE
breaks epoch 'commits[2]' -DM_NO_ROLL_FORWARD
breaks epoch 'invalid end state' -DM_BLIND
