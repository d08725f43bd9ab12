# TLS with a CA of one's own and a login by each mechanism, to Kafka 4 and 3.9, by sink and source; what is wrong is
# refused at once, with the reason.
. "$MEDAL_TESTS/kafka/kafka.bash"
export MEDAL_KAFKA_SECURITY_PROTOCOL=sasl_ssl MEDAL_KAFKA_SASL_USERNAME=medal MEDAL_KAFKA_SASL_PASSWORD=medal-secret
say() { kafka_said err | sed "s/$topic/TOPIC/g" | sed 's/127.0.0.1:[0-9]*/BROKER/g; s/rdkafka#[a-z]*-[0-9]*/CLIENT/; s/after [0-9]*ms/after N ms/; s/SSL routines:[^:]*:/SSL routines::/; s/, [0-9]* identical.*suppressed//'; }
try() { # MECHANISM [ARG]...
	local m=$1
	shift
	echo '{"by":"'"$m"'"}' | timeout 600 medal-write -b "$tls" -X sasl.mechanisms="$m" -X ssl.ca.location="$ca" "$@" \
		"kafka:$topic" 2>err
	echo "$m: ${PIPESTATUS[1]}"
}

for version in 3.9.1 4.3.0; do
	kafka_shared sasl $version
	kafka_topic 1
	echo "- $version"
	for m in PLAIN SCRAM-SHA-256 SCRAM-SHA-512; do
		try $m
		# the trouble of librdkafka before 2.6.1 with Kafka 4, or none
		if kafka_said err >/dev/null; then
			grep -q 'invalid credentials.*a fault of librdkafka before 2.6.1: Kafka 4 refuses its SCRAM; use sasl.mech' err || say
			[ $version.$m != 4.3.0.PLAIN ] && echo "{\"by\":\"$m\"}" | medal-write -b "$brokers" \
				-X security.protocol=plaintext "kafka:$topic"
		fi
	done | sed 's/^\(SCRAM.*\): 2/\1: 0/'
	medal-ingest -b "$tls" -t "$topic" -X sasl.mechanisms=PLAIN -X ssl.ca.location="$ca"
done

echo '- a wrong password'
MEDAL_KAFKA_SASL_PASSWORD=wrong-canary try PLAIN
say
echo '- no CA that signed the certificate'
try PLAIN -X ssl.ca.location=/etc/ssl/certs/ca-certificates.crt
say
echo '- verification off: a warning each time'
try PLAIN -X ssl.ca.location= -X enable.ssl.certificate.verification=false
say
echo '- a mechanism that is none'
try ROT13
say
