# librdkafka is loaded when a topic is named: a machine without it, or with a broken one, reads and writes files.
mkdir lib in
echo 'no library' >lib/librdkafka.so.1
echo '{"n":1}' >in/1.ndjson
export LD_LIBRARY_PATH=$PWD/lib
medal-ingest in | medal-write table
cat table/part*
medal-ingest -b 127.0.0.1:1 -t topic
echo "status $?"
medal-write -b 127.0.0.1:1 kafka:topic <in/1.ndjson
echo "status $?"
