/* SPDX-License-Identifier: MIT
 *
 * A careful producer into one topic: idempotent always, transactional under a
 * checkpoint. Every delivery report is looked at; the first record that was not
 * delivered fails all that follows. Memory is bounded (64 MiB wait at most).
 *
 * The marker: each transaction also commits an offset for a consumer group that is
 * named as the producer is, at partition 0 of the topic: the epoch, and beside it
 * (as the offset's metadata) a text. So whether an epoch is in the topic can be read
 * after any crash. medal-kafka(7) has the whole protocol.
 */
#ifndef MDL_NET_KAFKA_PRODUCER_H
#define MDL_NET_KAFKA_PRODUCER_H

#include <stdint.h>

#include "base/buf.h"
#include "base/slice.h"
#include "net/kafka_conf.h"

struct mdl_kafka_producer_opts {
	const struct mdl_kafka_cli *cli;
	const char *topic;
	const char *compress;         /* librdkafka's compression.codec */
	const char *id;               /* transactional.id and group; NULL: no transactions */
	void (*alive)(void *ctx);     /* called about each second of a wait; may be NULL */
	void (*notice)(const char *); /* a wait that is long: why; may be NULL */
	void *ctx;
};

struct mdl_kafka_producer;

/* Connects and finds the topic, which must exist; waits up to 30 s for brokers. OPTS' texts must stay valid. */
struct mdl_kafka_producer *mdl_kafka_producer_open(const struct mdl_kafka_producer_opts *o,
						   struct mdl_err *err);
/* An open transaction is aborted, so that readers need not wait for its time-out. */
void mdl_kafka_producer_close(struct mdl_kafka_producer *p);

/* ---- records ---- */

enum { MDL_KAFKA_ANY_PARTITION = -1 };

/* The largest key and value together, in bytes (message.max.bytes). */
size_t mdl_kafka_producer_max(const struct mdl_kafka_producer *p);
/* 1: the topic has that partition, 0: it has not (asked again when it seems so), -1 with ERR. */
int mdl_kafka_producer_has(struct mdl_kafka_producer *p, int64_t partition, struct mdl_err *err);
/* Queue a copy of VALUE; KEY may be NULL. A key chooses its partition as Java's clients do (murmur2). LINE is its
 * number for messages. Waits while the queue is full. */
int mdl_kafka_producer_send(struct mdl_kafka_producer *p, struct mdl_slice value, const struct mdl_slice *key,
			    int32_t partition, uint64_t line, struct mdl_err *err);
/* Look at the reports that came; -1 when one is bad. */
int mdl_kafka_producer_poll(struct mdl_kafka_producer *p, struct mdl_err *err);
/* Readable when there are reports for _poll to look at; valid as long as P. */
int mdl_kafka_producer_fd(const struct mdl_kafka_producer *p);
/* Until all is delivered. */
int mdl_kafka_producer_flush(struct mdl_kafka_producer *p, struct mdl_err *err);

/* ---- transactions ---- */

/* End what an earlier process of this id left open, and fence it off. Once, before the first _begin. */
int mdl_kafka_producer_fence(struct mdl_kafka_producer *p, struct mdl_err *err);
/* The marker: *EPOCH is -1 when there is none. TEXT gets what stands beside it. After _fence. */
int mdl_kafka_producer_marker(struct mdl_kafka_producer *p, int64_t *epoch, struct mdl_buf *text,
			      struct mdl_err *err);
int mdl_kafka_producer_begin(struct mdl_kafka_producer *p, struct mdl_err *err);
/* Flush, set the marker to EPOCH and TEXT, commit. When it fails, whether the transaction counts is known only after
 * the next _fence. */
int mdl_kafka_producer_commit(struct mdl_kafka_producer *p, int64_t epoch, const char *text,
			      struct mdl_err *err);
/* Milliseconds of transaction.timeout.ms. */
uint64_t mdl_kafka_producer_timeout_ms(const struct mdl_kafka_producer *p);

#endif
