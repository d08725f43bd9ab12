/* SPDX-License-Identifier: MIT
 *
 * One partition while it is consumed, by explicit assignment: its records in order, each
 * once. What librdkafka does not tell is found out here: a record that was handed out
 * before (it hands some out twice), a log that is not the one that was read (made anew,
 * or cut off by an unclean election): reading begins at the last record that was read,
 * which must be the same still.
 */
#ifndef MDL_SOURCE_KAFKA_PART_H
#define MDL_SOURCE_KAFKA_PART_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "net/kafka_client.h"
#include "net/kafka_lib.h"

enum { MDL_KAFKA_PART_HELD = 512 };

struct mdl_kafka_part {
	char *topic;
	int32_t partition, leader;
	int64_t position; /* the next offset to take; what is before it was taken, or is no record */
	int64_t begin;    /* position when the epoch at hand began */
	int64_t end;      /* the epoch takes nothing from here on */
	int64_t target;   /* nor does the run; INT64_MAX: it follows */
	int64_t eof;      /* the partition was heard to end here, -1: it was not */
	int64_t latest;   /* its end as far as it is known, -1: not */
	/* the last record that was taken; -1: none is known */
	int64_t last, last_ms;
	uint64_t last_print;
	/* librdkafka's side */
	rd_kafka_topic_t *rkt;
	rd_kafka_queue_t *queue;
	bool checking; /* the first record must be the last that was taken */
	rd_kafka_message_t *held[MDL_KAFKA_PART_HELD];
	size_t nheld, at;
};

/* What there is to take. */
enum mdl_kafka_part_state {
	MDL_KAFKA_PART_RECORD, /* *M is the next record; _took takes it */
	MDL_KAFKA_PART_EMPTY,  /* nothing now; EOF tells whether the partition ends */
	MDL_KAFKA_PART_GONE,   /* the position is outside of the log: deleted, or the log is another */
	MDL_KAFKA_PART_OTHER,  /* the last record that was taken is not in the log as it was */
	MDL_KAFKA_PART_FAILED, /* ERR is filled */
};

void mdl_kafka_part_init(struct mdl_kafka_part *p, const char *topic, int32_t partition, int64_t position);
void mdl_kafka_part_free(struct mdl_kafka_part *p);

/* Begin at p->position, or, when the last record is known and CHECK, at that one. EVENT_FD gets eight bytes when
 * records come for a queue that was empty (-1: nobody waits). Starting again drops what is held. */
int mdl_kafka_part_start(struct mdl_kafka_part *p, struct mdl_kafka_client *c, bool check, int event_fd,
			 struct mdl_err *err);
void mdl_kafka_part_stop(struct mdl_kafka_part *p);

/* Look at the next record, waiting up to WAIT_MS. It stays the partition's until _took, which gives it to the caller. */
enum mdl_kafka_part_state mdl_kafka_part_next(struct mdl_kafka_part *p, struct mdl_kafka_client *c,
					      int wait_ms, rd_kafka_message_t **m, struct mdl_err *err);
/* PRINT: remember it as the last one. */
void mdl_kafka_part_took(struct mdl_kafka_part *p, bool print);

#endif
