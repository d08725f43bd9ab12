/* SPDX-License-Identifier: MIT
 *
 * kafka_admin: what the tests do to a broker and kcat cannot, in milliseconds where
 * Kafka's own tools start a JVM. Its words are on standard error, its status 0 or 1.
 *
 *   kafka_admin BROKERS create TOPIC PARTITIONS [KEY=VALUE]...
 *   kafka_admin BROKERS delete TOPIC
 *   kafka_admin BROKERS partitions TOPIC N          grow it to N partitions
 *                                                   These three return when every broker knows of it.
 *   kafka_admin BROKERS trim TOPIC PARTITION OFFSET delete the records before OFFSET
 *   kafka_admin BROKERS txn ID TOPIC PARTITION commit|abort|open
 *                                                   the lines of standard input in one transaction, which readers of
 *                                                   committed records see on return; open: leave it so
 *   kafka_admin BROKERS settled TOPIC               wait until no transaction in it is open: a commit returns before
 *                                                   readers of committed records see it
 *   kafka_admin BROKERS warm                        wait until transactions and groups have coordinators
 *   kafka_admin BROKERS produce TOPIC PARTITION     the lines of standard input, whatever they are; -1: any partition.
 *                                                   Waits for brokers that are away, as kcat does not
 *   kafka_admin BROKERS group GROUP                 TOPIC PARTITION OFFSET METADATA of each committed offset
 *   kafka_admin BROKERS ends TOPIC                  PARTITION FIRST END of each partition
 *
 * MEDAL_KAFKA_* are no concern of it; -X PROPERTY=VALUE may stand before BROKERS.
 */
#include <librdkafka/rdkafka.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* The longest that the broker lets a transaction be open: one that is left so outlives its test. */
#define LONGEST_TRANSACTION "900000"

enum { PATIENCE_MS = 600000, ASK_MS = 10000 };

static char why[512];

_Noreturn static void die(const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	fputs("kafka_admin: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
	_exit(1); /* without flush: an open transaction stays open */
}

static void die_if(rd_kafka_error_t *e, const char *what)
{
	if (e)
		die("%s: %s", what, rd_kafka_error_string(e));
}

static rd_kafka_t *client(rd_kafka_type_t type, rd_kafka_conf_t *conf)
{
	rd_kafka_t *rk = rd_kafka_new(type, conf, why, sizeof(why));
	if (!rk)
		die("%s", why);
	return rk;
}

static void set(rd_kafka_conf_t *conf, const char *name, const char *value)
{
	if (rd_kafka_conf_set(conf, name, value, why, sizeof(why)) != RD_KAFKA_CONF_OK)
		die("%s", why);
}

static rd_kafka_t *consumer(const rd_kafka_conf_t *conf, const char *property, const char *value)
{
	rd_kafka_conf_t *own = rd_kafka_conf_dup(conf);
	set(own, property, value);
	return client(RD_KAFKA_CONSUMER, own);
}

/* Between two looks: dies when they were in vain for long. */
static void wait_a_little(time_t since, const char *what)
{
	if (time(NULL) - since > PATIENCE_MS / 1000)
		die("%s: waited in vain", what);
	usleep(20000);
}

/* Wait for the answer to an admin request. */
static rd_kafka_event_t *answer(rd_kafka_queue_t *q)
{
	rd_kafka_event_t *ev = rd_kafka_queue_poll(q, PATIENCE_MS);
	if (!ev || rd_kafka_event_error(ev))
		die("%s", ev ? rd_kafka_event_error_string(ev) : "no answer");
	return ev;
}

static void check_topics(const rd_kafka_topic_result_t **r, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (rd_kafka_topic_result_error(r[i]))
			die("%s: %s", rd_kafka_topic_result_name(r[i]),
			    rd_kafka_topic_result_error_string(r[i]));
}

/* Does BROKER have TOPIC with so many partitions (0: not at all), each of them served by its leader? A client's first
 * question goes to the broker that it was told, later ones to any. */
static int has(const rd_kafka_conf_t *conf, const char *broker, const char *topic, int partitions)
{
	const rd_kafka_metadata_t *m;
	rd_kafka_t *rk = consumer(conf, "bootstrap.servers", broker);
	rd_kafka_topic_t *rkt = rd_kafka_topic_new(rk, topic, NULL);
	int n = -1;
	if (!rd_kafka_metadata(rk, 0, rkt, &m, ASK_MS)) {
		if (m->topic_cnt == 1)
			n = m->topics[0].err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART
				    ? 0
				    : m->topics[0].partition_cnt;
		rd_kafka_metadata_destroy(m);
	}
	for (int p = 0; n == partitions && p < partitions; p++) {
		int64_t lo, hi;
		if (rd_kafka_query_watermark_offsets(rk, topic, p, &lo, &hi, ASK_MS))
			n = -1;
	}
	if (n != partitions) { /* else the end of this program is quicker */
		rd_kafka_topic_destroy(rkt);
		rd_kafka_destroy(rk);
	}
	return n == partitions;
}

/* Until each broker HAS the topic so: the next program may ask any of them. */
static void known(const rd_kafka_conf_t *conf, const char *brokers, const char *topic, int partitions)
{
	char *list = strdup(brokers), *rest = list;
	time_t since = time(NULL);
	for (char *b; (b = strsep(&rest, ","));)
		while (!has(conf, b, topic, partitions))
			wait_a_little(since, topic);
	free(list);
}

static void create(rd_kafka_t *rk, rd_kafka_queue_t *q, char **a, int n)
{
	rd_kafka_NewTopic_t *t = rd_kafka_NewTopic_new(a[0], atoi(a[1]), -1, why, sizeof(why));
	size_t cnt;
	if (!t)
		die("%s", why);
	for (int i = 2; i < n; i++) {
		char *eq = strchr(a[i], '=');
		if (!eq)
			die("want KEY=VALUE, not %s", a[i]);
		*eq = '\0';
		rd_kafka_NewTopic_set_config(t, a[i], eq + 1);
	}
	rd_kafka_CreateTopics(rk, &t, 1, NULL, q);
	const rd_kafka_CreateTopics_result_t *r = rd_kafka_event_CreateTopics_result(answer(q));
	const rd_kafka_topic_result_t **topics = rd_kafka_CreateTopics_result_topics(r, &cnt);
	check_topics(topics, cnt);
}

static void delete_topic(rd_kafka_t *rk, rd_kafka_queue_t *q, char **a)
{
	rd_kafka_DeleteTopic_t *t = rd_kafka_DeleteTopic_new(a[0]);
	size_t cnt;
	rd_kafka_DeleteTopics(rk, &t, 1, NULL, q);
	const rd_kafka_DeleteTopics_result_t *r = rd_kafka_event_DeleteTopics_result(answer(q));
	const rd_kafka_topic_result_t **topics = rd_kafka_DeleteTopics_result_topics(r, &cnt);
	check_topics(topics, cnt);
}

static void grow(rd_kafka_t *rk, rd_kafka_queue_t *q, char **a)
{
	rd_kafka_NewPartitions_t *p = rd_kafka_NewPartitions_new(a[0], (size_t)atoi(a[1]), why, sizeof(why));
	size_t cnt;
	if (!p)
		die("%s", why);
	rd_kafka_CreatePartitions(rk, &p, 1, NULL, q);
	const rd_kafka_CreatePartitions_result_t *r = rd_kafka_event_CreatePartitions_result(answer(q));
	const rd_kafka_topic_result_t **topics = rd_kafka_CreatePartitions_result_topics(r, &cnt);
	check_topics(topics, cnt);
}

static void trim(rd_kafka_t *rk, rd_kafka_queue_t *q, char **a)
{
	rd_kafka_topic_partition_list_t *l = rd_kafka_topic_partition_list_new(1);
	rd_kafka_topic_partition_list_add(l, a[0], atoi(a[1]))->offset = atoll(a[2]);
	rd_kafka_DeleteRecords_t *d = rd_kafka_DeleteRecords_new(l);
	rd_kafka_DeleteRecords(rk, &d, 1, NULL, q);
	const rd_kafka_topic_partition_list_t *r =
		rd_kafka_DeleteRecords_result_offsets(rd_kafka_event_DeleteRecords_result(answer(q)));
	if (r->elems[0].err)
		die("%s", rd_kafka_err2str(r->elems[0].err));
}

static void delivered(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque)
{
	(void)rk;
	(void)opaque;
	if (m->err && m->err != RD_KAFKA_RESP_ERR__PURGE_QUEUE && m->err != RD_KAFKA_RESP_ERR__PURGE_INFLIGHT)
		die("not delivered: %s", rd_kafka_err2str(m->err));
}

/* Lines of standard input into PARTITION of TOPIC, all delivered on return. */
static void produce_lines(rd_kafka_t *rk, const char *topic, int32_t partition)
{
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;
	while ((n = getline(&line, &cap, stdin)) > 0) {
		n -= line[n - 1] == '\n';
		rd_kafka_resp_err_t e;
		do {
			e = rd_kafka_producev(rk, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_PARTITION(partition),
					      RD_KAFKA_V_VALUE(line, (size_t)n),
					      RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
			rd_kafka_poll(rk, e == RD_KAFKA_RESP_ERR__QUEUE_FULL ? 100 : 0);
		} while (e == RD_KAFKA_RESP_ERR__QUEUE_FULL);
		if (e)
			die("produce: %s", rd_kafka_err2str(e));
	}
	free(line);
	if (rd_kafka_flush(rk, PATIENCE_MS))
		die("flush: time is up");
}

static void produce(rd_kafka_conf_t *conf, char **a)
{
	set(conf, "enable.idempotence", "true");
	rd_kafka_conf_set_dr_msg_cb(conf, delivered);
	produce_lines(client(RD_KAFKA_PRODUCER, conf), a[0], atoi(a[1]));
}

/* The partitions of TOPIC. */
static int partitions_of(rd_kafka_t *rk, const char *topic)
{
	const rd_kafka_metadata_t *m;
	rd_kafka_topic_t *t = rd_kafka_topic_new(rk, topic, NULL);
	rd_kafka_resp_err_t e = rd_kafka_metadata(rk, 0, t, &m, PATIENCE_MS);
	if (e || m->topic_cnt != 1 || m->topics[0].err)
		die("%s: %s", topic, rd_kafka_err2str(e ? e : m->topics[0].err));
	return m->topics[0].partition_cnt;
}

/* Until the last stable offset of each partition is its end. */
static void settled(const rd_kafka_conf_t *conf, const char *topic)
{
	rd_kafka_t *all = consumer(conf, "isolation.level", "read_uncommitted");
	rd_kafka_t *committed = consumer(conf, "isolation.level", "read_committed");
	time_t since = time(NULL);
	for (int p = partitions_of(all, topic) - 1; p >= 0;) {
		int64_t lo, end, stable;
		if (!rd_kafka_query_watermark_offsets(all, topic, p, &lo, &end, ASK_MS) &&
		    !rd_kafka_query_watermark_offsets(committed, topic, p, &lo, &stable, ASK_MS) &&
		    stable >= end)
			p--;
		else
			wait_a_little(since, topic);
	}
}

static void transaction(rd_kafka_conf_t *conf, char **a)
{
	rd_kafka_conf_t *plain = rd_kafka_conf_dup(conf);
	set(conf, "transactional.id", a[0]);
	set(conf, "transaction.timeout.ms", LONGEST_TRANSACTION);
	rd_kafka_conf_set_dr_msg_cb(conf, delivered);
	rd_kafka_t *rk = client(RD_KAFKA_PRODUCER, conf);
	die_if(rd_kafka_init_transactions(rk, PATIENCE_MS), "init_transactions");
	die_if(rd_kafka_begin_transaction(rk), "begin_transaction");
	produce_lines(rk, a[1], atoi(a[2]));
	if (strcmp(a[3], "commit") == 0)
		die_if(rd_kafka_commit_transaction(rk, PATIENCE_MS), "commit_transaction");
	else if (strcmp(a[3], "abort") == 0)
		die_if(rd_kafka_abort_transaction(rk, PATIENCE_MS), "abort_transaction");
	else
		_exit(0);
	settled(plain, a[1]);
}

static void warm(rd_kafka_conf_t *conf)
{
	rd_kafka_t *reader = consumer(conf, "group.id", "warm");
	rd_kafka_topic_partition_list_t *l = rd_kafka_topic_partition_list_new(1);
	time_t since = time(NULL);
	rd_kafka_topic_partition_list_add(l, "warm", 0);
	while (rd_kafka_committed(reader, l, ASK_MS))
		wait_a_little(since, "the coordinator of groups");
	set(conf, "transactional.id", "warm");
	die_if(rd_kafka_init_transactions(client(RD_KAFKA_PRODUCER, conf), PATIENCE_MS), "init_transactions");
}

static void group(rd_kafka_t *rk, rd_kafka_queue_t *q, char **a)
{
	rd_kafka_ListConsumerGroupOffsets_t *g = rd_kafka_ListConsumerGroupOffsets_new(a[0], NULL);
	size_t cnt;
	rd_kafka_ListConsumerGroupOffsets(rk, &g, 1, NULL, q);
	const rd_kafka_group_result_t **groups = rd_kafka_ListConsumerGroupOffsets_result_groups(
		rd_kafka_event_ListConsumerGroupOffsets_result(answer(q)), &cnt);
	const rd_kafka_topic_partition_list_t *l = rd_kafka_group_result_partitions(groups[0]);
	for (int i = 0; l && i < l->cnt; i++)
		printf("%s %d %lld %.*s\n", l->elems[i].topic, l->elems[i].partition,
		       (long long)l->elems[i].offset, (int)l->elems[i].metadata_size,
		       (const char *)l->elems[i].metadata);
}

static void ends(rd_kafka_t *rk, char **a)
{
	for (int i = 0, n = partitions_of(rk, a[0]); i < n; i++) {
		int64_t lo, hi;
		rd_kafka_resp_err_t e = rd_kafka_query_watermark_offsets(rk, a[0], i, &lo, &hi, PATIENCE_MS);
		if (e)
			die("%s: %s", a[0], rd_kafka_err2str(e));
		printf("%d %lld %lld\n", i, (long long)lo, (long long)hi);
	}
}

int main(int argc, char **argv)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	int i = 1;
	set(conf, "log_level", "2");
	for (; i + 1 < argc && strcmp(argv[i], "-X") == 0; i += 2) {
		char *eq = strchr(argv[i + 1], '=');
		if (!eq)
			die("-X wants PROPERTY=VALUE");
		*eq = '\0';
		set(conf, argv[i + 1], eq + 1);
	}
	if (argc - i < 2)
		die("usage: kafka_admin [-X PROPERTY=VALUE]... BROKERS COMMAND [ARG]...");
	const char *brokers = argv[i], *cmd = argv[i + 1];
	char **a = argv + i + 2;
	int n = argc - i - 2;
	set(conf, "bootstrap.servers", brokers);
	if (strcmp(cmd, "txn") == 0 && n == 4) {
		transaction(conf, a);
		_exit(0);
	}
	if (strcmp(cmd, "produce") == 0 && n == 2) {
		produce(conf, a);
		return 0;
	}
	if (strcmp(cmd, "settled") == 0 && n == 1) {
		settled(conf, a[0]);
		_exit(0);
	}
	if (strcmp(cmd, "warm") == 0 && n == 0) {
		warm(conf);
		_exit(0);
	}
	rd_kafka_t *rk = client(RD_KAFKA_PRODUCER, rd_kafka_conf_dup(conf));
	rd_kafka_queue_t *q = rd_kafka_queue_new(rk);
	if (strcmp(cmd, "create") == 0 && n >= 2) {
		create(rk, q, a, n);
		known(conf, brokers, a[0], atoi(a[1]));
	} else if (strcmp(cmd, "delete") == 0 && n == 1) {
		delete_topic(rk, q, a);
		known(conf, brokers, a[0], 0);
	} else if (strcmp(cmd, "partitions") == 0 && n == 2) {
		grow(rk, q, a);
		known(conf, brokers, a[0], atoi(a[1]));
	} else if (strcmp(cmd, "trim") == 0 && n == 3) {
		trim(rk, q, a);
	} else if (strcmp(cmd, "group") == 0 && n == 1) {
		group(rk, q, a);
	} else if (strcmp(cmd, "ends") == 0 && n == 1) {
		ends(rk, a);
	} else {
		die("what is '%s' with %d arguments?", cmd, n);
	}
	fflush(stdout);
	_exit(0); /* librdkafka's orderly end takes longer than all of this */
}
