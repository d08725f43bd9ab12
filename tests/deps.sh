#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Installs what is missing on Debian and its like: a compiler and the libraries; with --oracles also what the tests
# compare medal with (Spark, Arrow, DuckDB, in build/venv unless python has them; kcat; Maven, which fetches Kafka).
# Does nothing, at once, when all is there. Without a network the oracles are left out with a warning, and their tests
# name themselves as skipped; with CI=true that is an error.
cd "$(dirname "$0")/.." || exit 1
say() { echo "medal: $*" >&2; }

has() { command -v "$1" >/dev/null; }
header() { [ -n "$(ls /usr/include/"$1" /usr/include/*/"$1" /usr/local/include/"$1" 2>/dev/null)" ]; }

missing=
# want PACKAGE TEST...: the package is wanted when the test fails
want() {
	local package=$1
	shift
	"$@" 2>/dev/null || missing+=" $package"
}
want gcc has "${CC:-cc}"
want libc6-dev header stdio.h
want make has make
want binutils has ar
want pkg-config has pkg-config
want librdkafka-dev header rdkafka.h
want libzstd-dev header zstd.h
want zlib1g-dev header zlib.h
want libjansson-dev header jansson.h
want libyaml-dev header yaml.h
want libxxhash-dev header xxhash.h
want libpcre2-dev header pcre2.h
want libutf8proc-dev header utf8proc.h
want libcsv-dev header csv.h
want libgmp-dev header gmp.h
want libcmocka-dev header cmocka.h
want python3 has python3
want jq has jq
want mandoc has mandoc
want zstd has zstd
want tzdata test -e /usr/share/zoneinfo/UTC
if [ "$1" = --oracles ]; then
	want spin has spin
	want default-jre-headless has java
	want maven has mvn
	want kcat has kcat
	want procps has ps
	want strace has strace
	modules='import importlib.util as u, sys; sys.exit(any(u.find_spec(m) is None for m in ("pyspark", "pyarrow", "duckdb")))'
	oracles=yes
	python3 -c "$modules" 2>/dev/null || build/venv/bin/python3 -c "$modules" 2>/dev/null || oracles=
	[ -n "$oracles" ] || want python3-venv python3 -c 'import ensurepip, venv'
fi

root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif has sudo; then
		sudo "$@"
	else
		say "error: installing needs root; run as root: apt-get install$missing"
		exit 1
	fi
}

if [ -n "$missing" ]; then
	has apt-get || { say "error: no apt-get here; install what these Debian packages hold:$missing"; exit 1; }
	say "installing$missing"
	log=$(mktemp)
	install() {
		root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing >"$log" 2>&1 </dev/null
	}
	install || { root apt-get update >>"$log" 2>&1 </dev/null && install; } || {
		tail -n 20 "$log" >&2
		say "error: apt-get could not install$missing; see above, mend it and run again"
		exit 1
	}
	rm -f "$log"
fi

if [ "$1" = --oracles ] && [ -z "$oracles" ]; then
	say "installing pyspark, pyarrow and duckdb into build/venv (once, about 600 MB)"
	mkdir -p build
	if ! { python3 -m venv build/venv && build/venv/bin/pip install --quiet --disable-pip-version-check \
		'pyspark==4.1.*' pyarrow duckdb; } >build/venv.log 2>&1 </dev/null; then
		tail -n 5 build/venv.log >&2
		rm -rf build/venv
		[ -z "$CI" ] || { say "error: the oracles could not be installed"; exit 1; }
		say "warning: the oracles could not be installed; the tests that need them are skipped"
	fi
fi
exit 0
