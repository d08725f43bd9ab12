# medal -> Spark's Kafka query -> medal, ten times, on one growing topic: the table has each record once.
. "$MEDAL_TESTS/kafka/kafka.bash"
need_module pyspark
kafka_shared
version=$("$MEDAL_PYTHON" -c 'import pyspark; print(pyspark.__version__)')
# the connector of the same series; its patches are not those of PySpark
case $version in
3.5.*) connector="-Dspark.version=3.5.7 -Dtoken.version=3.5.7 -Dscala.version=2.12" ;;
4.1.*) connector="-Dspark.version=4.1.1 -Dtoken.version=4.0.0 -Dscala.version=2.13" ;;
*) connector="-Dspark.version=$version -Dtoken.version=$version -Dscala.version=2.13" ;;
esac
fetch() {
	mvn -B -ntp -f "$MEDAL_TESTS/kafka/spark.xml" org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies \
		$connector -DincludeScope=runtime -DoutputDirectory="$PWD/jars" >mvn.log 2>&1 </dev/null
}
# a network may fail once
fetch || fetch || fetch ||
	skip "oracle missing: Spark's Kafka connector for $version ($(grep -m 1 -o 'Could not find artifact [^ ]*\|Unknown host [^ :]*' mvn.log))"
kafka_topic 3
LC_ALL=C.UTF-8 flock "${MEDAL_JVM_LOCK:-jvm.lock}" "$MEDAL_PYTHON" "$MEDAL_TESTS/kafka/spark_goes_on.py" "$brokers" "$topic" "$PWD/jars" \
	2>spark.err || {
	tail -20 spark.err >&2
	fail "the hand-over failed"
}
