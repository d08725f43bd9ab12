/* SPDX-License-Identifier: MIT
 *
 * How far the partitions of Kafka topics are read: Spark's text of it, which stands in
 * offsets/N, {"topic":{"0":12,"1":7}}, each the next offset to read; and medal/kafka/N,
 * written before offsets/N, with what Spark's text cannot say: the record that was read
 * last, by which a topic that was made anew is told; the shard; the brokers. Where
 * medal/kafka/N is not there (Spark's epochs), the offsets alone count.
 */
#ifndef MDL_STATE_KAFKA_STATE_H
#define MDL_STATE_KAFKA_STATE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

struct mdl_kafka_position {
	char *topic;
	int32_t partition;
	int64_t from;        /* where the epoch began to read */
	int64_t offset;      /* the next to read */
	int64_t last;        /* offset of the last record that was read, -1 when not known ... */
	uint64_t last_print; /* ... its hash (net/kafka_client.h) ... */
	int64_t last_ms;     /* ... and its time */
	int64_t latest;      /* the partition's end as it was known then, -1 when not */
};

struct mdl_kafka_state {
	struct mdl_kafka_position *v; /* by topic, then partition */
	size_t n, cap;
	char *brokers;   /* bootstrap servers */
	char *cluster;   /* the cluster's id, NULL when not known */
	char *shard;     /* "1/4", "0-3,8-": which partitions are read here; NULL: all */
	char *isolation; /* "read_committed" */
};

void mdl_kafka_state_free(struct mdl_kafka_state *s);
/* The position of a partition, NULL when there is none; with _add it is made (offset -1, nothing known), in order.
 * Valid until the next _add. */
struct mdl_kafka_position *mdl_kafka_state_find(const struct mdl_kafka_state *s, const char *topic,
						int32_t partition);
struct mdl_kafka_position *mdl_kafka_state_add(struct mdl_kafka_state *s, const char *topic,
					       int32_t partition);

/* Spark's text. WHERE is for messages. _parse adds to S; offsets may be negative (-1, -2 in startingOffsets). */
void mdl_kafka_offsets_format(struct mdl_buf *out, const struct mdl_kafka_state *s);
/* _latest: where the topics ended, as far as was known when the epoch was planned. */
void mdl_kafka_latest_format(struct mdl_buf *out, const struct mdl_kafka_state *s);
int mdl_kafka_offsets_parse(struct mdl_kafka_state *s, const char *text, const char *where,
			    struct mdl_err *err);

/* medal/kafka/EPOCH of CHECKPOINT (its directory). _read: 1 when there is none; S is zeroed first. */
int mdl_kafka_state_write(const char *checkpoint, int64_t epoch, const struct mdl_kafka_state *s,
			  struct mdl_err *err);
int mdl_kafka_state_read(const char *checkpoint, int64_t epoch, struct mdl_kafka_state *s,
			 struct mdl_err *err);
/* The same, but where EPOCH is another engine's: brokers, cluster, shard and isolation of the newest one before it, and
 * no positions. */
int mdl_kafka_state_read_last(const char *checkpoint, int64_t epoch, struct mdl_kafka_state *s,
			      struct mdl_err *err);

/* Records between the positions and the ends that were known then: of all, and of the partition that is furthest
 * behind. */
void mdl_kafka_state_behind(const struct mdl_kafka_state *s, uint64_t *all, uint64_t *most);

#endif
