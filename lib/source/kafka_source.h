/* SPDX-License-Identifier: MIT
 *
 * Kafka topics as a source. An epoch is a range of offsets in each partition, read
 * partition by partition, so that its order follows from its offsets alone; without a
 * checkpoint records go out as they come. Which offsets are read is decided here and
 * written to the checkpoint (state/kafka_state.h): there is no consumer group.
 */
#ifndef MDL_SOURCE_KAFKA_SOURCE_H
#define MDL_SOURCE_KAFKA_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "net/kafka_conf.h"
#include "source/ingest.h"
#include "source/ingest_rows.h"
#include "source/source.h"

struct mdl_kafka_source_opts {
	struct mdl_kafka_cli cli;
	const char *const *topics;
	size_t ntopics;
	const char *pattern;         /* --topic-pattern, NULL: none */
	struct mdl_opt_list offsets; /* -o, in order */
	const char *partitions, *shard;
	const char *group; /* its offsets follow each commit, for others to look at; NULL: none */
	bool allow_data_loss;
	bool tombstones;
	const char *key_as;
	uint64_t count;      /* -c: end after so many records; 0: none */
	uint64_t timeout_us; /* how long brokers may not answer */
};

/* O (with O->kafka) and ROWS stay valid as long as S, whose _close frees all. */
int mdl_kafka_source_open(struct mdl_source_handle *s, const struct mdl_ingest_opts *o,
			  struct mdl_ingest_rows *rows, struct mdl_err *err);

#endif
