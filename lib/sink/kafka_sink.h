/* SPDX-License-Identifier: MIT
 *
 * The operator of medal-write over a Kafka topic: each row is the value of one
 * record, its bytes unchanged. Without a checkpoint the producer is idempotent and the
 * end of input waits for every delivery. Under one each epoch is a transaction that is
 * committed at the barrier, with a marker by which a replay knows that it was; then
 * the replay is compared with what was published and writes nothing.
 */
#ifndef MDL_SINK_KAFKA_SINK_H
#define MDL_SINK_KAFKA_SINK_H

#include <stdbool.h>
#include <stdint.h>

#include "net/kafka_conf.h"
#include "sql/function.h"
#include "sql/schema.h"
#include "stream/filter.h"

/* Texts must stay valid as long as the sink. */
struct mdl_kafka_sink_opts {
	const struct mdl_kafka_cli *cli;
	const char *topic;
	const char *compress;            /* none, gzip, snappy, lz4 or zstd */
	const char *key, *partition;     /* expressions over the row; NULL: no key; by the key or by chance */
	const struct mdl_schema *schema; /* of the rows, for the expressions; NULL: undeclared */
	struct mdl_session session;
	int64_t accept_marker; /* --accept-marker: kafka_marker.h */
	bool dry_run;          /* MEDAL_DRY_RUN: look whether the topic is there */
	void (*notice)(const char *text);
};

struct mdl_kafka_sink;

struct mdl_kafka_sink *mdl_kafka_sink_new(const struct mdl_kafka_sink_opts *o, struct mdl_err *err);
void mdl_kafka_sink_free(struct mdl_kafka_sink *s);
/* Valid as long as the sink. */
const struct mdl_op *mdl_kafka_sink_op(const struct mdl_kafka_sink *s);

#endif
