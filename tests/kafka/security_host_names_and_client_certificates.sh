# The broker's certificate is for another host; the broker wants a certificate of the client; logins by OAUTHBEARER.
. "$MEDAL_TESTS/kafka/kafka.bash"
kafka_own --sasl-ssl --tls-name broker.example --set listener.name.sasl_ssl.ssl.client.auth=required \
	--set listener.name.sasl_ssl.sasl.enabled.mechanisms=PLAIN,OAUTHBEARER \
	--set 'listener.name.sasl_ssl.oauthbearer.sasl.jaas.config=org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required;'
kafka_topic 1
export MEDAL_KAFKA_SECURITY_PROTOCOL=sasl_ssl MEDAL_KAFKA_SASL_MECHANISM=PLAIN MEDAL_KAFKA_SASL_USERNAME=medal \
	MEDAL_KAFKA_SASL_PASSWORD=medal-secret MEDAL_KAFKA_SSL_CA_LOCATION="$ca"
try() {
	echo "- $1"
	echo "{\"by\":\"$1\"}" | timeout 600 medal-write -b "$tls" "${@:2}" "kafka:$topic" 2>err
	echo "${PIPESTATUS[1]}"
	grep -q algorithm=none: err && echo warned
	grep -v 'still waiting\|algorithm=none:' err
}
printf 'kafka-local\n' >password
chmod 600 password
cert=(-X ssl.keystore.location="${ca%/*}/client.p12" -X ssl.keystore.password=@password)
any=(-X ssl.endpoint.identification.algorithm=none)

try 'another host' "${cert[@]}" | sed 's/error: .*certificate verify failed.*; name the CA/error: ... certificate verify failed ...; name the CA/'
try 'another host accepted' "${cert[@]}" "${any[@]}"
try 'no certificate of the client' "${any[@]}" | sed 's/error: .*alert.*/error: ... alert .../'
export MEDAL_KAFKA_SASL_MECHANISM=OAUTHBEARER MEDAL_KAFKA_ENABLE_SASL_OAUTHBEARER_UNSECURE_JWT=true
try 'OAUTHBEARER' "${cert[@]}" "${any[@]}" -X sasl.oauthbearer.config='principal=medal'
kafka_read "$topic"
