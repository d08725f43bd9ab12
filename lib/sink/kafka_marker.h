/* SPDX-License-Identifier: MIT
 *
 * Is an epoch in the topic already? A Kafka sink publishes at its barrier, before the
 * epoch is decided, so a replay must know. Two witnesses tell: the marker in Kafka,
 * which is committed with the transaction (net/kafka_producer.h), and the plan in the
 * checkpoint, medal/plan/<epoch>.<stage>, which is written before that commit is
 * asked for. Kafka forgets the marker of an idle pipeline (offsets.retention.minutes, a
 * week); without a plan there was no commit, so its absence is harmless then.
 */
#ifndef MDL_SINK_KAFKA_MARKER_H
#define MDL_SINK_KAFKA_MARKER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "stream/barrier.h"

enum { MDL_KAFKA_ACCEPT_NOTHING = -2 };

struct mdl_kafka_marker {
	int64_t epoch; /* -1: there is none */
	bool has_sum;  /* rows and sum are known */
	uint64_t rows;
	struct mdl_sum sum;
};

/* The text beside the marker and in the plan. */
void mdl_kafka_marker_format(struct mdl_buf *out, const struct mdl_begin *b, const char *topic, uint64_t rows,
			     struct mdl_sum sum);
/* Fill rows and sum of M from it; has_sum stays false when TEXT is not of that form. */
void mdl_kafka_marker_parse(struct mdl_kafka_marker *m, struct mdl_slice text);

/* Before the first record of the first epoch of B: go on after M? ACCEPT is the user's --accept-marker: -1 for "none", MDL_KAFKA_ACCEPT_NOTHING where it was not given. Returns
 * 0 and *PUBLISHED (the epoch is in the topic: compare, and write nothing), or -1 with the ways out. */
int mdl_kafka_marker_decide(struct mdl_kafka_marker *m, const struct mdl_begin *b, const char *stage,
			    const char *topic, int64_t accept, bool *published, struct mdl_err *err);

/* Write the plan of B's epoch, which is TEXT, and remove that of the epoch before the base. */
int mdl_kafka_plan_write(const struct mdl_begin *b, const char *stage, struct mdl_slice text,
			 struct mdl_err *err);

#endif
