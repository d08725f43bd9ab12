/* SPDX-License-Identifier: MIT
 *
 * Questions to Kafka: see kafka_client.h. What librdkafka 2.0.2 does by default and a
 * careful consumer may not is turned off here.
 */
#include "net/kafka_client.h"

#include <inttypes.h>
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <xxhash.h>

#include "base/alloc.h"

enum {
	ASK_MS = 1000,
	UNKNOWN_US = 3000000, /* a topic that was just made is unknown to some brokers for a moment */
};

/* Offsets are the checkpoint's: whatever would move them by itself is off, and what would pass over lost or damaged
 * records in silence is an error. */
static const struct mdl_kafka_prop props[] = {
	{"enable.auto.commit", "false", "medal keeps the offsets in its checkpoint"},
	{"enable.auto.offset.store", "false", "medal keeps the offsets in its checkpoint"},
	{"auto.offset.reset", "error",
	 "an offset that the broker has not is lost data; see -o and --allow-data-loss"},
	{"enable.partition.eof", "true", "it tells where a partition ends"},
	{"check.crcs", "true", "a record that was damaged on its way must not pass"},
	{"group.id", NULL, "no consumer group is joined; --group names one whose offsets are set"},
	{"isolation.level", "read_committed", NULL},
	{"client.id", "medal-ingest", NULL},
	/* a wait between looks at the queues, too: half a second of it is a gap in a fast stream */
	{"fetch.error.backoff.ms", "20", NULL},
	/* an end behind control records is told by an empty answer, which the broker holds back so long */
	{"fetch.wait.max.ms", "100", NULL},
	{"queued.max.messages.kbytes", "16384", NULL},
	{"topic.metadata.refresh.interval.ms", "10000", NULL},
	{NULL, NULL, NULL},
};

int mdl_kafka_client_open(struct mdl_kafka_client *c, const struct mdl_kafka_cli *cli, const char *group,
			  uint64_t timeout_us, struct mdl_err *err)
{
	char why[512];
	memset(c, 0, sizeof(*c));
	c->timeout_us = timeout_us;
	rd_kafka_conf_t *conf = mdl_kafka_conf_make(cli, props, &c->heard, err);
	if (!conf)
		return -1;
	if (group && rd_kafka_conf_set(conf, "group.id", group, why, sizeof(why))) {
		rd_kafka_conf_destroy(conf);
		return mdl_err_set(err, MDL_TROUBLE, "option --group: %s", why);
	}
	c->rk = mdl_kafka_new(RD_KAFKA_CONSUMER, conf, err);
	return c->rk ? 0 : -1;
}

void mdl_kafka_client_close(struct mdl_kafka_client *c)
{
	mdl_kafka_destroy(c->rk);
	c->rk = NULL;
}

/* ---- Asking ---- */

static uint64_t clock_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

/* An answer was CODE: is it worth asking again? */
static bool again(struct mdl_kafka_client *c, rd_kafka_resp_err_t code, uint64_t started)
{
	struct mdl_err e = MDL_ERR_INIT;
	bool unknown = code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
	uint64_t patience = unknown && c->timeout_us > UNKNOWN_US ? UNKNOWN_US : c->timeout_us;
	rd_kafka_poll(c->rk, 0);
	mdl_kafka_err(&e, code, NULL, NULL, "asking");
	if ((e.status != MDL_RETRY && !unknown) || mdl_kafka_hopeless(&c->heard) ||
	    clock_us() - started >= patience)
		return false;
	if (code != RD_KAFKA_RESP_ERR__TIMED_OUT) {
		struct timespec pause = {0, 100000000};
		nanosleep(&pause, NULL);
	}
	return true;
}

/* TOPIC NULL: all topics. */
static int metadata(struct mdl_kafka_client *c, rd_kafka_topic_t *topic, const struct rd_kafka_metadata **md,
		    struct mdl_err *err)
{
	uint64_t started = clock_us();
	for (;;) {
		rd_kafka_resp_err_t code = rd_kafka_metadata(c->rk, !topic, topic, md, ASK_MS);
		if (!code && topic) {
			code = (*md)->topic_cnt ? (*md)->topics[0].err : RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC;
			if (code)
				rd_kafka_metadata_destroy(*md);
		}
		if (!code)
			return 0;
		if (again(c, code, started))
			continue;
		return topic ? mdl_kafka_err(err, code, NULL, &c->heard, "topic %s",
					     rd_kafka_topic_name(topic))
			     : mdl_kafka_err(err, code, NULL, &c->heard, "asking for the topics");
	}
}

/* ---- Partitions ---- */

void mdl_kafka_places_free(struct mdl_kafka_places *l)
{
	for (size_t i = 0; i < l->n; i++)
		free((char *)(uintptr_t)l->v[i].topic);
	free(l->v);
	memset(l, 0, sizeof(*l));
}

static void add_topic(struct mdl_kafka_places *l, const struct rd_kafka_metadata_topic *t)
{
	for (int i = 0; i < t->partition_cnt; i++) {
		MDL_GROW(l->v, l->n, l->cap);
		l->v[l->n++] = (struct mdl_kafka_place){mdl_strdup(t->topic), t->partitions[i].id,
							t->partitions[i].leader};
	}
}

static int by_name(const void *a, const void *b)
{
	const struct mdl_kafka_place *x = a, *y = b;
	int d = strcmp(x->topic, y->topic);
	return d ? d : (x->partition > y->partition) - (x->partition < y->partition);
}

static int add_matching(struct mdl_kafka_client *c, const char *pattern, struct mdl_kafka_places *out,
			struct mdl_err *err)
{
	const struct rd_kafka_metadata *md;
	int code;
	PCRE2_SIZE at;
	pcre2_code *re = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED,
				       PCRE2_ANCHORED | PCRE2_ENDANCHORED, &code, &at, NULL);
	if (!re && code == PCRE2_ERROR_HEAP_FAILED)
		mdl_out_of_memory();
	if (!re) {
		PCRE2_UCHAR why[200] = "";
		pcre2_get_error_message(code, why, sizeof(why));
		return mdl_err_set(err, MDL_TROUBLE, "option --topic-pattern: '%s': %s, at byte %zu", pattern,
				   (char *)why, (size_t)at);
	}
	int r = metadata(c, NULL, &md, err);
	pcre2_match_data *match = pcre2_match_data_create_from_pattern(re, NULL);
	if (!match)
		mdl_out_of_memory();
	for (int i = 0; !r && i < md->topic_cnt; i++) {
		const struct rd_kafka_metadata_topic *t = &md->topics[i];
		if (strncmp(t->topic, "__", 2) != 0 && !t->err &&
		    pcre2_match(re, (PCRE2_SPTR)t->topic, strlen(t->topic), 0, 0, match, NULL) >= 0)
			add_topic(out, t);
	}
	if (!r)
		rd_kafka_metadata_destroy(md);
	pcre2_match_data_free(match);
	pcre2_code_free(re);
	return r;
}

int mdl_kafka_client_places(struct mdl_kafka_client *c, const char *const *topics, size_t ntopics,
			    const char *pattern, struct mdl_kafka_places *out, struct mdl_err *err)
{
	int r = 0;
	memset(out, 0, sizeof(*out));
	if (pattern)
		r = add_matching(c, pattern, out, err);
	for (size_t i = 0; !r && i < ntopics; i++) {
		const struct rd_kafka_metadata *md;
		rd_kafka_topic_t *topic = rd_kafka_topic_new(c->rk, topics[i], NULL);
		if (!topic)
			r = mdl_kafka_err(err, rd_kafka_last_error(), NULL, NULL, "topic '%s'", topics[i]);
		if (!r)
			r = metadata(c, topic, &md, err);
		if (!r) {
			add_topic(out, &md->topics[0]);
			rd_kafka_metadata_destroy(md);
		}
		if (topic)
			rd_kafka_topic_destroy(topic);
	}
	if (r)
		mdl_kafka_places_free(out);
	else if (out->n)
		qsort(out->v, out->n, sizeof(*out->v), by_name);
	return r;
}

/* ---- Offsets ---- */

int mdl_kafka_client_offsets(struct mdl_kafka_client *c, const struct mdl_kafka_place *p, size_t n,
			     int64_t time, int64_t *out, struct mdl_err *err)
{
	uint64_t started = clock_us();
	for (;;) {
		rd_kafka_topic_partition_list_t *l = rd_kafka_topic_partition_list_new((int)n);
		for (size_t i = 0; i < n; i++)
			rd_kafka_topic_partition_list_add(l, p[i].topic, p[i].partition)->offset = time;
		rd_kafka_resp_err_t code = n ? rd_kafka_offsets_for_times(c->rk, l, 5 * ASK_MS) : 0;
		size_t bad = 0;
		for (size_t i = 0; !code && i < n; i++) {
			out[i] = l->elems[i].offset >= 0 ? l->elems[i].offset : -1;
			code = l->elems[i].err;
			bad = i;
		}
		rd_kafka_topic_partition_list_destroy(l);
		if (!code)
			return 0;
		if (!again(c, code, started))
			return mdl_kafka_err(err, code, NULL, &c->heard,
					     "asking for the offsets of %s [%" PRId32 "]", p[bad].topic,
					     p[bad].partition);
	}
}

/* ---- Records ---- */

uint64_t mdl_kafka_print(const rd_kafka_message_t *m)
{
	rd_kafka_timestamp_type_t type;
	int64_t head[3] = {rd_kafka_message_timestamp(m, &type), m->key ? (int64_t)m->key_len : -1,
			   m->payload ? (int64_t)m->len : -1};
	XXH64_hash_t h = XXH3_64bits(head, sizeof(head));
	h = XXH3_64bits_withSeed(m->key, m->key_len, h);
	return XXH3_64bits_withSeed(m->payload, m->len, h);
}

static int peek(struct mdl_kafka_client *c, rd_kafka_topic_t *topic, int32_t partition,
		struct mdl_kafka_record *out, struct mdl_err *err)
{
	uint64_t started = clock_us();
	while (clock_us() - started < c->timeout_us) {
		rd_kafka_poll(c->rk, 0);
		if (mdl_kafka_hopeless(&c->heard))
			break;
		rd_kafka_message_t *m = rd_kafka_consume(topic, partition, 100);
		if (!m)
			continue;
		rd_kafka_resp_err_t code = m->err;
		rd_kafka_timestamp_type_t type;
		struct mdl_err e = MDL_ERR_INIT;
		if (!code)
			*out = (struct mdl_kafka_record){m->offset, rd_kafka_message_timestamp(m, &type),
							 mdl_kafka_print(m)};
		else
			mdl_kafka_err(&e, code, rd_kafka_message_errstr(m), NULL, "reading %s [%" PRId32 "]",
				      rd_kafka_topic_name(topic), partition);
		rd_kafka_message_destroy(m);
		if (!code || code == RD_KAFKA_RESP_ERR__PARTITION_EOF ||
		    code == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET)
			return !code;
		if (e.status != MDL_RETRY) {
			*err = e;
			return -1;
		}
	}
	return mdl_kafka_err(err, RD_KAFKA_RESP_ERR__TIMED_OUT, NULL, &c->heard, "reading %s [%" PRId32 "]",
			     rd_kafka_topic_name(topic), partition);
}

int mdl_kafka_client_peek(struct mdl_kafka_client *c, const char *name, int32_t partition, int64_t offset,
			  struct mdl_kafka_record *out, struct mdl_err *err)
{
	rd_kafka_topic_t *topic = rd_kafka_topic_new(c->rk, name, NULL);
	int r = topic && !rd_kafka_consume_start(topic, partition, offset)
			? peek(c, topic, partition, out, err)
			: mdl_kafka_err(err, rd_kafka_last_error(), NULL, NULL, "reading %s [%" PRId32 "]",
					name, partition);
	if (topic) {
		rd_kafka_consume_stop(topic, partition);
		rd_kafka_topic_destroy(topic);
	}
	return r;
}

char *mdl_kafka_client_cluster(struct mdl_kafka_client *c)
{
	char *id = rd_kafka_clusterid(c->rk, 5 * ASK_MS), *copy = id ? mdl_strdup(id) : NULL;
	if (id)
		rd_kafka_mem_free(c->rk, id);
	return copy;
}
