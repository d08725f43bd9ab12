# SPDX-License-Identifier: MIT
#
# Helpers of the test scripts: . "$MEDAL_TESTS/lib.sh"

# skip REASON: this test cannot run here. It is named in the summary.
skip() {
	echo "$*" >&2
	exit 77
}

# need PROGRAM...: what serves as oracle; in CI its absence is a failure.
need() {
	local p
	for p; do
		command -v "$p" >/dev/null || skip "oracle missing: $p"
	done
}

# need_module NAME...: the same for modules of python.
need_module() {
	local m
	for m; do
		python -c "import $m" 2>/dev/null || skip "oracle missing: python module $m"
	done
}

# The python that has pyspark, pyarrow and duckdb (tests/deps.sh), or the system's.
python() {
	"$MEDAL_PYTHON" "$@"
}

fail() {
	echo "$*" >&2
	exit 1
}

# status COMMAND...: runs it and prints "status N", so that several fit in one test.
status() {
	local s=0
	"$@" || s=$?
	echo "status $s"
}

# wait_until SECONDS COMMAND...: until it succeeds; fails when the time is up.
wait_until() {
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		[ $SECONDS -lt $end ] || fail "waited in vain for: $*"
		sleep 0.05
	done
}
