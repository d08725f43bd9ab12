# prepare, decide, publish, commit
. "$MEDAL_TESTS/model/spin.bash"
breaks epoch 'hmain[' -DM_SINK_LATE
breaks epoch 'assertion violated' -DM_STATE_LATE
breaks epoch 'main_[' -DM_PUBLISH_FIRST
breaks epoch 'side[e])==4' -DM_COMMIT_FIRST
