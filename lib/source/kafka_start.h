/* SPDX-License-Identifier: MIT
 *
 * Which partitions are read here, and where reading begins and stops when no checkpoint
 * says it: the options -o (in kcat's and Spark's words), --partitions and --shard.
 */
#ifndef MDL_SOURCE_KAFKA_START_H
#define MDL_SOURCE_KAFKA_START_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/opt.h"
#include "net/kafka_client.h"
#include "state/kafka_state.h"

enum mdl_kafka_start_kind {
	MDL_KAFKA_START_EARLIEST,
	MDL_KAFKA_START_LATEST,
	MDL_KAFKA_START_TIME,   /* s@TS */
	MDL_KAFKA_START_OFFSET, /* N, in each partition */
	MDL_KAFKA_START_BACK,   /* -N: the last N of each partition */
	MDL_KAFKA_START_JSON,   /* Spark's startingOffsets */
};

struct mdl_kafka_start {
	enum mdl_kafka_start_kind kind;
	int64_t n;                   /* milliseconds or offset */
	struct mdl_kafka_state json; /* offsets, -1 latest, -2 earliest */
	bool part;                   /* JSON may name partitions that are not read here: a shard's */
	int64_t stop_ms;             /* e@TS: stop at the first record of this time; -1: none */
};

/* Each -o in its order; none: earliest. The caller frees S, also after an error. */
int mdl_kafka_start_parse(struct mdl_kafka_start *s, const struct mdl_opt_list *o, struct mdl_err *err);
void mdl_kafka_start_free(struct mdl_kafka_start *s);

/* OUT[i] gets the first offset to read in P[i]. JSON must name each of them, and no other. */
int mdl_kafka_start_resolve(const struct mdl_kafka_start *s, struct mdl_kafka_client *c,
			    const struct mdl_kafka_place *p, size_t n, int64_t *out, struct mdl_err *err);

/* Partitions of this reader: numbers and ranges of --partitions ("0-3,8-"), or --shard K/N, which has each partition P
 * with P mod N = K - 1: so a new partition belongs to exactly one shard, without any of them having to be told. */
struct mdl_kafka_shard {
	struct mdl_kafka_range {
		int32_t first, last;
	} * ranges;
	size_t nranges, cap;
	int32_t k, n; /* of --shard; n 0: none */
	char *text;   /* as the checkpoint keeps it; NULL: all partitions */
};

int mdl_kafka_shard_parse(struct mdl_kafka_shard *s, const char *partitions, const char *shard,
			  struct mdl_err *err);
void mdl_kafka_shard_free(struct mdl_kafka_shard *s);
bool mdl_kafka_shard_has(const struct mdl_kafka_shard *s, int32_t partition);

#endif
