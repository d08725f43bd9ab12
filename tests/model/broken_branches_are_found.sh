. "$MEDAL_TESTS/model/spin.bash"
breaks branch 'hfile[' -DM_ANY_RUN
breaks branch '!(commits[e])' -DM_LEDGER_REPLACED
breaks branch 'commits[2]' -DM_LOOK_FIRST
