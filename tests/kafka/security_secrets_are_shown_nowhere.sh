# The password is in no argument, no message (at -vv and with all of librdkafka's debugging, a wrong password too), no
# file of the checkpoint and no table, while the pipeline runs and after it.
. "$MEDAL_TESTS/kafka/kafka.bash"
kafka_shared sasl
kafka_topic 1
canary=medal-secret
umask 077
cat >kafka.conf <<END
bootstrap.servers=$tls
security.protocol=sasl_ssl
sasl.mechanisms=PLAIN
sasl.username=medal
sasl.password=$canary
ssl.ca.location=$ca
END
mkdir in
echo '{"a":1}' >in/1.ndjson
shown() { # FOLDER...: who shows it?
	grep -rlF -e "$canary" -e "$(printf %s "$canary" | base64)" -e "$(printf '\0medal\0%s' "$canary" | base64)" "$@"
}

as() { # NAME COMMAND...: with its pid in NAME.pid, its messages in NAME.err
	echo "$BASHPID" >"$1.pid"
	exec "${@:2}" 2>"$1.err"
}
(
	as ingest medal-ingest -vv --checkpoint ck --follow --quarantine q in |
		as write medal-write -vv -F kafka.conf -X debug=all --quarantine q "kafka:$topic" |
		as commit medal-checkpoint commit -vv --progress-log progress --metrics metrics
) 2>/dev/null &
wait_until 600 test -e ck/commits/0
# what a neighbour can see of them
for p in *.pid; do
	tr '\0' ' ' <"/proc/$(cat "$p")/cmdline"
	ps -o args= -p "$(cat "$p")"
done >arguments
grep -q 'medal-write -vv -F kafka.conf' arguments || fail "which programs? $(cat arguments)"
kill -TERM "$(cat ingest.pid)"
wait

(
	export MEDAL_KAFKA_SASL_PASSWORD=wrong-$canary
	echo '{}' | medal-write -vv -F kafka.conf -X debug=all "kafka:$topic" 2>wrong.err
	echo "{}" | medal-write -vv -b "$tls" -X sasl.password="$canary" "kafka:$topic" 2>argument.err
	medal-ingest -vv -F kafka.conf -X debug=all -t "$topic" 2>source.err
)
grep -h '^medal-write: error' wrong.err argument.err | sed "s/$topic/TOPIC/; s/sasl_ssl:.*bootstrap: //; s/after [0-9]*ms/after N ms/"
[ -s source.err ] && [ -s write.err ] || fail "no messages at all"
grep -q 'sasl.password' write.err || fail "debug=all did not show the configuration"
mv kafka.conf ..
shown . && fail "it is shown"
rm ../kafka.conf
kafka_read "$topic"
