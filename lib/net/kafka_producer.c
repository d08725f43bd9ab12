/* SPDX-License-Identifier: MIT
 *
 * See kafka_producer.h. All waits are made of short ones, between which librdkafka's
 * callbacks are served and the caller says that it is alive.
 */
#include "net/kafka_producer.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"

enum {
	SLICE_MS = 500,
	CONNECT_MS = 30000, /* for brokers that are just starting */
	UNKNOWN_MS = 3000,  /* a topic that was just made is unknown to some brokers for a moment */
	SETTLE_MS = 60000,  /* for the coordinator of transactions and groups */
	GOODBYE_MS = 5000,
	NOTICE_MS = 5000,
};

struct mdl_kafka_producer {
	struct mdl_kafka_producer_opts o;
	rd_kafka_t *rk;
	rd_kafka_topic_t *rkt;
	struct mdl_kafka_heard heard;
	int npartitions;
	size_t max_bytes;
	uint64_t timeout_ms;
	bool in_transaction;
	int bell[2];                /* a pipe into which librdkafka writes when there are reports */
	rd_kafka_resp_err_t failed; /* the first delivery that did, */
	uint64_t failed_line;       /* and its line */
};

static uint64_t now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* One wait of some length. */
struct patience {
	uint64_t start, until;
	bool told;
};

static struct patience patience(uint64_t ms)
{
	uint64_t now = now_ms();
	return (struct patience){now, now + ms, false};
}

/* Between two slices of a wait for WHAT: false when the time is up, or waiting is in vain. */
static bool go_on(struct mdl_kafka_producer *p, struct patience *w, const char *what)
{
	uint64_t now = now_ms();
	rd_kafka_poll(p->rk, 0);
	if (p->o.alive)
		p->o.alive(p->o.ctx);
	if (now - w->start >= NOTICE_MS && !w->told && p->o.notice) {
		char text[1200];
		w->told = true;
		snprintf(text, sizeof(text), "kafka:%s: still waiting for %s%s%s", p->o.topic, what,
			 p->heard.code ? ": " : "", p->heard.text);
		p->o.notice(text);
	}
	return now < w->until && !mdl_kafka_hopeless(&p->heard);
}

static int fail(struct mdl_kafka_producer *p, rd_kafka_resp_err_t code, const char *text, struct mdl_err *err)
{
	if (code == RD_KAFKA_RESP_ERR__FENCED || code == RD_KAFKA_RESP_ERR_PRODUCER_FENCED ||
	    code == RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH)
		return mdl_err_set(
			err, MDL_RETRY,
			"kafka:%s: another run of this checkpoint has taken over (transactional.id %s)",
			p->o.topic, p->o.id ? p->o.id : "none");
	return mdl_kafka_err(err, code, text, &p->heard, "kafka:%s", p->o.topic);
}

static void delivered_cb(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque)
{
	/* the conf's opaque is the heard struct, which is a member of ours */
	struct mdl_kafka_producer *p =
		(struct mdl_kafka_producer *)((char *)opaque - offsetof(struct mdl_kafka_producer, heard));
	(void)rk;
	if (!m->err || p->failed)
		return;
	p->failed = m->err;
	p->failed_line = (uint64_t)(uintptr_t)m->_private;
}

static int check_failed(struct mdl_kafka_producer *p, struct mdl_err *err)
{
	char why[512];
	rd_kafka_resp_err_t fatal = rd_kafka_fatal_error(p->rk, why, sizeof(why));

	if (fatal)
		return fail(p, fatal, why, err);
	if (!p->failed)
		return 0;
	/* brokers refuse batches, so the culprit may stand behind */
	return mdl_kafka_err(err, p->failed, NULL, &p->heard,
			     "kafka:%s: records from line %" PRIu64 " of the input on were not delivered",
			     p->o.topic, p->failed_line);
}

/* ---- opening ---- */

static const struct mdl_kafka_prop props[] = {
	{"enable.idempotence", "true", "without it a retry doubles or reorders records"},
	{"acks", "all", "a record counts when all replicas in sync have it"},
	{"request.required.acks", NULL, "a record counts when all replicas in sync have it"},
	{"transactional.id", NULL, "it is the checkpoint's and the stage's"},
	{"delivery.report.only.error", "false", "each delivery is looked at"},
	{"compression.codec", NULL, "use --compress"},
	{"compression.type", NULL, "use --compress"},
	{"partitioner", "murmur2_random", NULL},
	{"queue.buffering.max.kbytes", "65536", NULL},
	{"transaction.timeout.ms", "300000", NULL},
	{NULL, NULL, NULL},
};

static uint64_t number_of(rd_kafka_t *rk, const char *name)
{
	char v[64];
	size_t n = sizeof(v);
	if (rd_kafka_conf_get(rd_kafka_conf(rk), name, v, &n) != RD_KAFKA_CONF_OK)
		mdl_bug("librdkafka has no %s", name);
	return strtoull(v, NULL, 10);
}

/* Ask for the topic's partitions once; the code of the answer. */
static rd_kafka_resp_err_t ask_topic(struct mdl_kafka_producer *p)
{
	const rd_kafka_metadata_t *m;
	rd_kafka_resp_err_t e = rd_kafka_metadata(p->rk, 0, p->rkt, &m, SLICE_MS * 2);
	if (e)
		return e;
	e = m->topic_cnt == 1 ? m->topics[0].err : RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
	if (!e)
		p->npartitions = m->topics[0].partition_cnt;
	rd_kafka_metadata_destroy(m);
	return e;
}

static int find_topic(struct mdl_kafka_producer *p, struct mdl_err *err)
{
	struct patience w = patience(CONNECT_MS);
	rd_kafka_resp_err_t e;

	while ((e = ask_topic(p))) {
		bool unknown = e == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
		if (!go_on(p, &w, "the brokers") || e == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED ||
		    e == RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION || (unknown && now_ms() - w.start > UNKNOWN_MS))
			return fail(p, e, NULL, err);
		if (e != RD_KAFKA_RESP_ERR__TIMED_OUT && e != RD_KAFKA_RESP_ERR__TRANSPORT)
			rd_kafka_poll(p->rk, SLICE_MS / 5);
	}
	return 0;
}

static int hang_bell(struct mdl_kafka_producer *p, struct mdl_err *err)
{
	rd_kafka_queue_t *q = rd_kafka_queue_get_main(p->rk);

	if (pipe2(p->bell, O_CLOEXEC | O_NONBLOCK))
		return mdl_err_sys(err, "cannot make a pipe");
	rd_kafka_queue_io_event_enable(q, p->bell[1], "!", 1);
	rd_kafka_queue_destroy(q);
	return 0;
}

struct mdl_kafka_producer *mdl_kafka_producer_open(const struct mdl_kafka_producer_opts *o,
						   struct mdl_err *err)
{
	struct mdl_kafka_producer *p = mdl_zalloc(sizeof(*p));
	char why[512];

	p->o = *o;
	p->bell[0] = p->bell[1] = -1;
	rd_kafka_conf_t *conf = mdl_kafka_conf_make(o->cli, props, &p->heard, err);
	if (!conf)
		goto bad;
	rd_kafka_conf_set_dr_msg_cb(conf, delivered_cb);
	if ((o->id && rd_kafka_conf_set(conf, "transactional.id", o->id, why, sizeof(why))) ||
	    rd_kafka_conf_set(conf, "compression.codec", o->compress, why, sizeof(why))) {
		rd_kafka_conf_destroy(conf);
		mdl_err_set(err, MDL_TROUBLE, "kafka:%s: %s", o->topic, why);
		goto bad;
	}
	p->rk = mdl_kafka_new(RD_KAFKA_PRODUCER, conf, err);
	if (!p->rk)
		goto bad;
	p->max_bytes = number_of(p->rk, "message.max.bytes");
	p->timeout_ms = number_of(p->rk, "transaction.timeout.ms");
	p->rkt = rd_kafka_topic_new(p->rk, o->topic, NULL);
	if (!p->rkt) {
		fail(p, rd_kafka_last_error(), NULL, err);
		goto bad;
	}
	if (find_topic(p, err) || hang_bell(p, err))
		goto bad;
	return p;
bad:
	mdl_kafka_producer_close(p);
	return NULL;
}

void mdl_kafka_producer_close(struct mdl_kafka_producer *p)
{
	if (!p)
		return;
	if (p->in_transaction && !rd_kafka_fatal_error(p->rk, NULL, 0)) {
		rd_kafka_purge(p->rk, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
		rd_kafka_flush(p->rk, GOODBYE_MS);
		rd_kafka_error_t *e = rd_kafka_abort_transaction(p->rk, GOODBYE_MS);
		if (e)
			rd_kafka_error_destroy(e);
	}
	/* as with any filter, the rows before the one that failed go out */
	if (p->rk && !p->in_transaction && !p->failed)
		rd_kafka_flush(p->rk, GOODBYE_MS);
	if (p->rkt)
		rd_kafka_topic_destroy(p->rkt);
	mdl_kafka_destroy(p->rk);
	for (int i = 0; i < 2; i++)
		if (p->bell[i] >= 0)
			close(p->bell[i]);
	free(p);
}

/* ---- records ---- */

size_t mdl_kafka_producer_max(const struct mdl_kafka_producer *p)
{
	return p->max_bytes;
}

uint64_t mdl_kafka_producer_timeout_ms(const struct mdl_kafka_producer *p)
{
	return p->timeout_ms;
}

int mdl_kafka_producer_has(struct mdl_kafka_producer *p, int64_t partition, struct mdl_err *err)
{
	if (partition >= p->npartitions && find_topic(p, err)) /* it may have grown */
		return -1;
	return partition >= 0 && partition < p->npartitions;
}

int mdl_kafka_producer_fd(const struct mdl_kafka_producer *p)
{
	return p->bell[0];
}

int mdl_kafka_producer_poll(struct mdl_kafka_producer *p, struct mdl_err *err)
{
	char rung[256];

	while (read(p->bell[0], rung, sizeof(rung)) == (ssize_t)sizeof(rung))
		;
	rd_kafka_poll(p->rk, 0);
	return check_failed(p, err);
}

int mdl_kafka_producer_send(struct mdl_kafka_producer *p, struct mdl_slice value, const struct mdl_slice *key,
			    int32_t partition, uint64_t line, struct mdl_err *err)
{
	struct patience w = {0, 0, false};

	/* each record's own time-out ends the wait: it fails, and with it all */
	while (rd_kafka_produce(p->rkt, partition, RD_KAFKA_MSG_F_COPY, (void *)(uintptr_t)value.p, value.n,
				key ? key->p : NULL, key ? key->n : 0, (void *)(uintptr_t)line)) {
		rd_kafka_resp_err_t e = rd_kafka_last_error();
		if (e != RD_KAFKA_RESP_ERR__QUEUE_FULL)
			return mdl_kafka_err(err, e, NULL, &p->heard,
					     "kafka:%s: line %" PRIu64 " of the input", p->o.topic, line);
		if (!w.until)
			w = patience(UINT64_MAX / 4);
		rd_kafka_poll(p->rk, SLICE_MS / 10);
		if (check_failed(p, err))
			return -1;
		if (!go_on(p, &w, "the brokers to take records"))
			return fail(p, RD_KAFKA_RESP_ERR__TIMED_OUT, NULL, err);
	}
	return 0;
}

int mdl_kafka_producer_flush(struct mdl_kafka_producer *p, struct mdl_err *err)
{
	struct patience w = patience(UINT64_MAX / 4);

	while (rd_kafka_flush(p->rk, SLICE_MS) == RD_KAFKA_RESP_ERR__TIMED_OUT) {
		if (check_failed(p, err))
			return -1;
		if (!go_on(p, &w, "the brokers to take records"))
			return fail(p, RD_KAFKA_RESP_ERR__TIMED_OUT, NULL, err);
	}
	return check_failed(p, err);
}

/* ---- transactions ---- */

/* E, which is taken, as ours. */
static int txn_error(struct mdl_kafka_producer *p, rd_kafka_error_t *e, const char *what, struct mdl_err *err)
{
	rd_kafka_resp_err_t code = rd_kafka_error_code(e);
	char text[600];

	snprintf(text, sizeof(text), "%s: %s", what, rd_kafka_error_string(e));
	int r = fail(p, code, text, err);
	rd_kafka_error_destroy(e);
	return r;
}

/* E was returned by a call that may be repeated: true when it should be. */
static bool again(struct mdl_kafka_producer *p, struct patience *w, rd_kafka_error_t *e)
{
	if (!rd_kafka_error_is_retriable(e) || !go_on(p, w, "the coordinator of transactions"))
		return false;
	rd_kafka_poll(p->rk, SLICE_MS / 10);
	rd_kafka_error_destroy(e);
	return true;
}

int mdl_kafka_producer_fence(struct mdl_kafka_producer *p, struct mdl_err *err)
{
	struct patience w = patience(SETTLE_MS);
	rd_kafka_error_t *e;

	while ((e = rd_kafka_init_transactions(p->rk, SLICE_MS * 4)))
		if (!again(p, &w, e))
			return txn_error(p, e, "init_transactions", err);
	return 0;
}

/* A client that may ask for a group's offsets. (rd_kafka_ListConsumerGroupOffsets, which a producer could call,
 * crashes in librdkafka 2.0.2 while the group's coordinator is loading.) */
static rd_kafka_t *marker_reader(struct mdl_kafka_producer *p, struct mdl_kafka_heard *heard,
				 struct mdl_err *err)
{
	static const struct mdl_kafka_prop reader_props[] = {
		{"enable.auto.commit", "false", NULL},
		/* not before the offsets of open transactions are decided */
		{"isolation.level", "read_committed", NULL},
		{NULL, NULL, NULL},
	};
	char why[512];
	rd_kafka_conf_t *conf = mdl_kafka_conf_make(p->o.cli, reader_props, heard, err);

	if (conf && rd_kafka_conf_set(conf, "group.id", p->o.id, why, sizeof(why)))
		mdl_bug("librdkafka refuses group.id=%s: %s", p->o.id, why);
	return conf ? mdl_kafka_new(RD_KAFKA_CONSUMER, conf, err) : NULL;
}

int mdl_kafka_producer_marker(struct mdl_kafka_producer *p, int64_t *epoch, struct mdl_buf *text,
			      struct mdl_err *err)
{
	struct mdl_kafka_heard heard = {0};
	struct patience w = patience(SETTLE_MS);
	rd_kafka_topic_partition_list_t *l = rd_kafka_topic_partition_list_new(1);
	rd_kafka_topic_partition_t *at = rd_kafka_topic_partition_list_add(l, p->o.topic, 0);
	rd_kafka_t *reader = marker_reader(p, &heard, err);
	rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;
	int r = -1;

	*epoch = -1;
	while (reader) {
		code = rd_kafka_committed(reader, l, SLICE_MS * 4);
		code = code ? code : at->err;
		if (!code || code == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED ||
		    !go_on(p, &w, "the coordinator of the group"))
			break;
		rd_kafka_poll(reader, SLICE_MS / 10);
	}
	if (code) {
		mdl_kafka_err(err, code, NULL, &heard, "kafka:%s: reading the marker of group %s", p->o.topic,
			      p->o.id);
	} else if (reader) {
		*epoch = at->offset >= 0 ? at->offset : -1;
		mdl_buf_put(text, at->metadata, at->metadata_size);
		r = 0;
	}
	mdl_kafka_destroy(reader);
	rd_kafka_topic_partition_list_destroy(l);
	return r;
}

int mdl_kafka_producer_begin(struct mdl_kafka_producer *p, struct mdl_err *err)
{
	rd_kafka_error_t *e = rd_kafka_begin_transaction(p->rk);

	if (e)
		return txn_error(p, e, "begin_transaction", err);
	p->in_transaction = true;
	return 0;
}

int mdl_kafka_producer_commit(struct mdl_kafka_producer *p, int64_t epoch, const char *text,
			      struct mdl_err *err)
{
	if (mdl_kafka_producer_flush(p, err))
		return -1;
	rd_kafka_topic_partition_list_t *l = rd_kafka_topic_partition_list_new(1);
	rd_kafka_topic_partition_t *at = rd_kafka_topic_partition_list_add(l, p->o.topic, 0);
	rd_kafka_consumer_group_metadata_t *group = rd_kafka_consumer_group_metadata_new(p->o.id);
	rd_kafka_error_t *e;
	struct patience w = patience(SETTLE_MS);

	at->offset = epoch;
	at->metadata_size = strlen(text);
	at->metadata = strdup(text); /* freed with the list, by free() */
	while ((e = rd_kafka_send_offsets_to_transaction(p->rk, l, group, SLICE_MS * 4)))
		if (!again(p, &w, e))
			break;
	rd_kafka_consumer_group_metadata_destroy(group);
	rd_kafka_topic_partition_list_destroy(l);
	if (e)
		return txn_error(p, e, "send_offsets_to_transaction", err);
	w = patience(SETTLE_MS);
	while ((e = rd_kafka_commit_transaction(p->rk, SLICE_MS * 4)))
		if (!again(p, &w, e))
			return txn_error(p, e, "commit_transaction", err);
	p->in_transaction = false;
	return check_failed(p, err);
}
