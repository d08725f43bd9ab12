/* SPDX-License-Identifier: MIT
 *
 * Questions to Kafka that block until they are answered: which partitions there are,
 * where their logs begin and end, which record stands at an offset. No consumer group is
 * needed for any of them.
 */
#ifndef MDL_NET_KAFKA_CLIENT_H
#define MDL_NET_KAFKA_CLIENT_H

#include <stdint.h>

#include "net/kafka_conf.h"

struct mdl_kafka_client {
	rd_kafka_t *rk;
	struct mdl_kafka_heard heard;
	uint64_t timeout_us; /* how long a question may take */
};

struct mdl_kafka_place {
	const char *topic; /* owned by the list that it is in */
	int32_t partition;
	int32_t leader; /* broker's id, -1 for none */
};

struct mdl_kafka_places {
	struct mdl_kafka_place *v; /* by topic, then partition */
	size_t n, cap;
};

/* Offsets to ask for instead of a time. */
enum { MDL_KAFKA_BEGIN = -2, MDL_KAFKA_END = -1 };

/* A record as it can be told from others. */
struct mdl_kafka_record {
	int64_t offset, timestamp_ms;
	uint64_t print; /* hash of time, key and value */
};

/* Connect as a consumer that reads what NAMED partitions it is told to. GROUP: whose offsets will be set; NULL for none.
 * -1 with ERR when the configuration is wrong; that no broker answers is known by the first question. */
int mdl_kafka_client_open(struct mdl_kafka_client *c, const struct mdl_kafka_cli *cli, const char *group,
			  uint64_t timeout_us, struct mdl_err *err);
void mdl_kafka_client_close(struct mdl_kafka_client *c);

/* All partitions of TOPICS, or, when PATTERN is given, of each topic whose whole name it matches (internal ones, "__...",
 * are left out). A topic of TOPICS that is not there is an error. The caller frees OUT. */
int mdl_kafka_client_places(struct mdl_kafka_client *c, const char *const *topics, size_t ntopics,
			    const char *pattern, struct mdl_kafka_places *out, struct mdl_err *err);
void mdl_kafka_places_free(struct mdl_kafka_places *l);

/* Where P's N partitions have their first offset at or after TIME (milliseconds; or an MDL_KAFKA_*); END under
 * read_committed is the last stable offset. OUT[i] is -1 where no record is so late. */
int mdl_kafka_client_offsets(struct mdl_kafka_client *c, const struct mdl_kafka_place *p, size_t n,
			     int64_t time, int64_t *out, struct mdl_err *err);

/* The first record at or after OFFSET: 1, 0 when there is none, -1. The partition must not be consumed by the caller. */
int mdl_kafka_client_peek(struct mdl_kafka_client *c, const char *topic, int32_t partition, int64_t offset,
			  struct mdl_kafka_record *out, struct mdl_err *err);

/* The cluster's id, which the caller frees; NULL when the brokers tell none. */
char *mdl_kafka_client_cluster(struct mdl_kafka_client *c);

uint64_t mdl_kafka_print(const rd_kafka_message_t *m);

#endif
