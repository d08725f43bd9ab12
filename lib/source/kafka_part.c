/* SPDX-License-Identifier: MIT
 *
 * One partition while it is consumed: see kafka_part.h. librdkafka's simple consumer is
 * used: it needs no group, and a partition more does not disturb the others.
 */
#include "source/kafka_part.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

void mdl_kafka_part_init(struct mdl_kafka_part *p, const char *topic, int32_t partition, int64_t position)
{
	memset(p, 0, sizeof(*p));
	p->topic = mdl_strdup(topic);
	p->partition = partition;
	p->leader = -1;
	p->position = p->begin = p->end = position;
	p->target = INT64_MAX;
	p->eof = p->latest = p->last = -1;
}

static void drop_held(struct mdl_kafka_part *p)
{
	for (; p->at < p->nheld; p->at++)
		rd_kafka_message_destroy(p->held[p->at]);
	p->nheld = p->at = 0;
}

void mdl_kafka_part_stop(struct mdl_kafka_part *p)
{
	drop_held(p);
	if (p->queue)
		rd_kafka_queue_destroy(p->queue);
	if (p->rkt) {
		rd_kafka_consume_stop(p->rkt, p->partition);
		rd_kafka_topic_destroy(p->rkt);
	}
	p->queue = NULL;
	p->rkt = NULL;
}

void mdl_kafka_part_free(struct mdl_kafka_part *p)
{
	mdl_kafka_part_stop(p);
	free(p->topic);
}

int mdl_kafka_part_start(struct mdl_kafka_part *p, struct mdl_kafka_client *c, bool check, int event_fd,
			 struct mdl_err *err)
{
	static const uint64_t one = 1;
	mdl_kafka_part_stop(p);
	p->eof = -1;
	p->checking = check && p->last >= 0;
	p->rkt = rd_kafka_topic_new(c->rk, p->topic, NULL);
	if (!p->rkt || rd_kafka_consume_start(p->rkt, p->partition, p->checking ? p->last : p->position))
		return mdl_kafka_err(err, rd_kafka_last_error(), NULL, &c->heard, "%s [%" PRId32 "]",
				     p->topic, p->partition);
	p->queue = rd_kafka_queue_get_partition(c->rk, p->topic, p->partition);
	if (!p->queue)
		mdl_bug("a partition that is consumed has no queue");
	if (event_fd >= 0)
		rd_kafka_queue_io_event_enable(p->queue, event_fd, &one, sizeof(one));
	return 0;
}

/* M is no record but news. What a retry may mend librdkafka mends itself: the client's HEARD has the reason. */
static enum mdl_kafka_part_state on_news(struct mdl_kafka_part *p, const rd_kafka_message_t *m,
					 struct mdl_err *err)
{
	struct mdl_err e = MDL_ERR_INIT;
	if (m->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
		p->eof = m->offset;
		return MDL_KAFKA_PART_EMPTY;
	}
	if (m->err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET || m->err == RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE)
		return MDL_KAFKA_PART_GONE;
	mdl_kafka_err(&e, m->err, rd_kafka_message_errstr(m), NULL,
		      "%s [%" PRId32 "] at offset %" PRId64 ", from broker %" PRId32, p->topic, p->partition,
		      p->position, rd_kafka_message_broker_id(m));
	/* the batch would be passed over: the next run asks for it again */
	if (e.status == MDL_RETRY && m->err != RD_KAFKA_RESP_ERR__BAD_MSG &&
	    m->err != RD_KAFKA_RESP_ERR__BAD_COMPRESSION && m->err != RD_KAFKA_RESP_ERR_INVALID_MSG)
		return MDL_KAFKA_PART_EMPTY;
	*err = e;
	return MDL_KAFKA_PART_FAILED;
}

/* Is M new? PASS: it was taken before, or it only proved the log. */
static enum mdl_kafka_part_state on_record(struct mdl_kafka_part *p, const rd_kafka_message_t *m, bool *pass)
{
	if (p->checking && m->offset >= p->last) {
		/* one that is not there any more was compacted away, which proves nothing */
		p->checking = false;
		if (m->offset == p->last && mdl_kafka_print(m) != p->last_print)
			return MDL_KAFKA_PART_OTHER;
	}
	*pass = m->offset < p->position;
	return MDL_KAFKA_PART_RECORD;
}

enum mdl_kafka_part_state mdl_kafka_part_next(struct mdl_kafka_part *p, struct mdl_kafka_client *c,
					      int wait_ms, rd_kafka_message_t **m, struct mdl_err *err)
{
	for (;;) {
		for (; p->at < p->nheld; rd_kafka_message_destroy(p->held[p->at++])) {
			bool pass = true;
			*m = p->held[p->at];
			enum mdl_kafka_part_state s =
				(*m)->err ? on_news(p, *m, err) : on_record(p, *m, &pass);
			if (s == MDL_KAFKA_PART_RECORD && !pass)
				return s;
			if (s != MDL_KAFKA_PART_RECORD && s != MDL_KAFKA_PART_EMPTY)
				return s;
		}
		p->at = p->nheld = 0;
		ssize_t n = rd_kafka_consume_batch_queue(p->queue, wait_ms, p->held, MDL_KAFKA_PART_HELD);
		if (n < 0) {
			mdl_kafka_err(err, rd_kafka_last_error(), NULL, &c->heard, "%s [%" PRId32 "]",
				      p->topic, p->partition);
			return MDL_KAFKA_PART_FAILED;
		}
		if (!n)
			return MDL_KAFKA_PART_EMPTY;
		p->nheld = (size_t)n;
		wait_ms = 0;
	}
}

void mdl_kafka_part_took(struct mdl_kafka_part *p, bool print)
{
	const rd_kafka_message_t *m = p->held[p->at++];
	rd_kafka_timestamp_type_t type;
	p->position = m->offset + 1;
	if (!print)
		return;
	p->last = m->offset;
	p->last_ms = rd_kafka_message_timestamp(m, &type);
	p->last_print = mdl_kafka_print(m);
}
