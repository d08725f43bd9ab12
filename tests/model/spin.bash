# SPDX-License-Identifier: MIT
#
# Sourced by the cases of this folder and of tests/long:
#
#   holds MODEL [-DKNOB...]             no state of MODEL.pml breaks a promise
#   breaks MODEL WHERE [-DM_RULE...]    without the rule one does; WHERE is a part of Spin's message
#
# Each prints one line; MODEL_REPORT=FILE also gets the number of states. OPTIMIZE is -O1 for what is large.
. "$MEDAL_TESTS/lib.sh"
need spin
need gcc

# explore MODEL FLAG...: Spin's report in report.txt
explore() {
	local model=$1
	shift
	rm -rf pan
	mkdir pan
	cp "$MEDAL_TESTS"/model/*.pml pan/
	(cd pan && spin -a "$@" "$model.pml" >spin.txt 2>&1 && [ -s pan.c ] &&
		gcc "${OPTIMIZE:--O0}" -w -DSAFETY -DCOLLAPSE -DVECTORSZ=2048 -DMEMLIM="${MEMORY_MB:-2000}" $SEARCH -o pan pan.c) ||
		{ cat pan/spin.txt >&2; fail "$model $*: Spin or gcc refused the model"; }
	(cd pan && ./pan -m1000000 -n) >report.txt 2>&1
	grep -Eq 'max search depth too small|max memory|Search not completed' report.txt && ! grep -q 'errors: 1' report.txt &&
		fail "$model $*: the search was not complete"
	[ -z "$MODEL_REPORT" ] || echo "$model $*: $(sed -n 's/ *\([0-9.e+]*\) states, stored.*/\1/p' report.txt) states" \
		>>"$MODEL_REPORT"
}

holds() {
	explore "$@"
	if ! grep -q 'errors: 0' report.txt; then
		cp pan/*.trail . 2>/dev/null
		sed -n 's/^pan:1: //p' report.txt >&2
		fail "$*: a promise is broken; spin -t -p -g shows the steps"
	fi
	echo "holds: $*"
}

breaks() {
	local model=$1 where=$2
	shift 2
	explore "$model" "$@"
	grep -q 'errors: 1' report.txt || fail "$model $*: nothing breaks, so the model is blind to this rule"
	grep -qF "$where" report.txt || { sed -n 's/^pan:1: //p' report.txt >&2; fail "$model $*: breaks elsewhere"; }
	echo "breaks: $model $*"
}
