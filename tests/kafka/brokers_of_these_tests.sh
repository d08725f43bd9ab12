# What the other tests of this folder rely on: topics, transactions, trimming, one cluster for all and one for oneself.
. "$MEDAL_TESTS/kafka/kafka.bash"
kafka_shared
kafka_topic 2
printf '%s\n' a b | kafka_admin txn one "$topic" 0 commit
printf '%s\n' never | kafka_admin txn two "$topic" 0 abort
printf '%s\n' c | kafka_admin txn two "$topic" 1 commit
kafka_read "$topic"
kafka_admin trim "$topic" 0 1
kafka_admin partitions "$topic" 3
kafka_admin ends "$topic"

kafka_own --kafka 4.3.0
kafka_topic 1
echo mine | kafka_admin txn one "$topic" 0 commit
kafka kill 1
kafka start 2>/dev/null
kafka_read "$topic"
