# SPDX-License-Identifier: MIT
#
# Brokers for tests: . "$MEDAL_TESTS/kafka/kafka.bash". Each of these says `skip` by name where Java, Maven or the
# network is missing; in CI that is a failure.
#
#     kafka_shared                the broker that all tests of this run share; sets $brokers. It has topics of all
#                                 tests: ask kafka_topic for names. Never stop it.
#     kafka_shared sasl [V]       the same with SASL_SSL and, in its own cluster, version V; sets $tls and $ca, too
#     kafka_own [ARG...]          a cluster of this test alone, which it may kill: ARGs of `kafka-local start`
#                                 --proxied: sets $port, too, for proxy.py
#     kafka ARG...                kafka-local for the cluster at hand: kafka kill 1; kafka start
#     kafka_topic PARTITIONS [KEY=VALUE]...   a new topic; sets $topic
#     kafka_admin ARG...          tests/kafka/admin.c for the cluster at hand
#     kafka_read TOPIC            its committed values, in the order of partition and offset (kcat), once no transaction
#                                 is open any more
#     kafka_begun                 is there a record in $topic, committed or not?
#     kafka_said FILE             what medal-write has written there, without that it is still waiting
. "$MEDAL_TESTS/lib.sh"

KAFKA_HEAP=384m

kafka() {
	"$MEDAL_TESTS/kafka/kafka-local" --dir "$KAFKA_DIR" "$@"
}

kafka_need() {
	need java mvn kcat
	local major
	major=$(java -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p;T;q')
	[ "${major:-0}" -ge 17 ] || skip "oracle missing: java 17 (this one is ${major:-unknown})"
	"$MEDAL_TESTS/kafka/kafka-local" --dir "$TMPDIR" install --kafka "$1" >kafka.log 2>&1 ||
		skip "oracle missing: Kafka's jars ($(tail -n 1 kafka.log))"
}

# kafka_watch PID: the cluster in $KAFKA_DIR ends with that process, however it ends.
kafka_watch() {
	mkdir -p "$KAFKA_DIR"
	# not our child: a test may say `wait`
	(setsid bash -c 'while kill -0 "$1" 2>/dev/null; do sleep 0.3; done
		"$2" --dir "$3" stop --wipe; rm -rf "$3"; rmdir "${3%/*}"' - "$1" "$MEDAL_TESTS/kafka/kafka-local" \
		"$KAFKA_DIR" </dev/null >/dev/null 2>&1 7>&- &)
}

# kafka_up ARG...: start the cluster in $KAFKA_DIR (nothing is done when it is up) at free ports.
kafka_up() {
	local try
	if [ -f "$KAFKA_DIR/run/cluster.conf" ]; then
		kafka start >>kafka.log 2>&1 || fail "kafka-local start: $(tail -n 3 kafka.log)"
	else
		for try in 1 2 3 4 5; do
			kafka start --port any --heap "$KAFKA_HEAP" "$@" >>kafka.log 2>&1 && break
			# somebody else was quicker
			grep -q 'is taken by another\|Address already in use' kafka.log && [ "$try" -lt 5 ] ||
				fail "kafka-local start: $(tail -n 3 kafka.log)"
			kafka stop --wipe >>kafka.log 2>&1
		done
	fi
	brokers=$(kafka bootstrap)
}

kafka_shared() {
	local version=${2:-4.3.0} sasl=
	[ "${1:-}" != sasl ] || sasl=--sasl-ssl
	kafka_need "$version"
	KAFKA_DIR=$MEDAL_SHARED/kafka-$version$sasl
	# The first test starts it, the others wait for that, and the end of the runner ends it.
	mkdir -p "$KAFKA_DIR"
	exec 7>"$KAFKA_DIR/first"
	flock 7
	if [ ! -e "$KAFKA_DIR/watched" ]; then
		: >"$KAFKA_DIR/watched"
		kafka_watch "$MEDAL_RUNNER"
	fi
	# nobody kills it, and a machine that stands still for a while is no death
	kafka_up --kafka "$version" $sasl --set broker.session.timeout.ms=60000 7>&-
	if [ ! -e "$KAFKA_DIR/warm" ]; then
		kafka_admin warm 7>&- || fail "the cluster has no coordinators"
		: >"$KAFKA_DIR/warm"
	fi
	exec 7>&-
	if [ -n "$sasl" ]; then
		tls=$(kafka bootstrap --sasl-ssl)
		ca=$KAFKA_DIR/tls/ca.pem
	fi
}

kafka_own() {
	local a prev= version=4.3.0
	for a; do
		[ "$prev" != --kafka ] || version=$a
		prev=$a
	done
	kafka_need "$version"
	KAFKA_DIR=$MEDAL_SHARED/own-${TMPDIR##*-}
	kafka_watch $$
	kafka_up "$@"
	case " $* " in
	*" --sasl-ssl "*)
		tls=$(kafka bootstrap --sasl-ssl)
		ca=$KAFKA_DIR/tls/ca.pem
		;;
	*" --proxied "*)
		port=${brokers##*:}
		;;
	esac
}

kafka_admin() {
	"$MEDAL_BUILD/test/kafka_admin" "$brokers" "$@"
}

kafka_topic() {
	kafka_topics=$((${kafka_topics:-0} + 1))
	topic=t-${TMPDIR##*-}-$kafka_topics # the runner gives each test a folder of its own
	kafka_admin create "$topic" "$@" || fail "no topic $topic"
}

kafka_read() {
	kafka_admin settled "$1" || fail "a transaction in $1 is open"
	kcat -C -q -e -b "$brokers" -t "$1" -o beginning -X isolation.level=read_committed -X check.crcs=true \
		-f '%p\t%o\t%s\n' </dev/null | sort -n -k 1,1 -k 2,2 | cut -f 3-
}

# kafka_begun: has a record, committed or not, come to $topic?
kafka_begun() {
	[ -n "$(kcat -C -q -e -b "$brokers" -t "$topic" -o beginning -X isolation.level=read_uncommitted </dev/null)" ]
}

# what a program has said in FILE, without that it had to wait, which is a matter of the machine
kafka_said() {
	grep -v ': still waiting for ' "$1"
}

# kcat gives up after five seconds, which is no time for a machine that is busy
kcat() {
	command kcat -m 240 "$@"
}
