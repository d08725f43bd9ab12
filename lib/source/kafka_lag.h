/* SPDX-License-Identifier: MIT
 *
 * How far a checkpoint over Kafka is behind its topics, as the brokers know them now: in
 * records, and in seconds since the oldest record that is not committed. Asks the brokers
 * and touches nothing.
 */
#ifndef MDL_SOURCE_KAFKA_LAG_H
#define MDL_SOURCE_KAFKA_LAG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "net/kafka_conf.h"

struct mdl_kafka_lag_opts {
	struct mdl_kafka_cli cli; /* brokers NULL: those that the checkpoint names */
	uint64_t max_records;     /* the answer is no when all partitions are further behind ... */
	uint64_t max_age_us;      /* ... or one is; UINT64_MAX: no limit */
	uint64_t timeout_us;
	bool json;
};

/* The lag of checkpoint DIR: REPORT gets a line for each partition and one for all. *OVER: a limit is passed. */
int mdl_kafka_lag(const char *dir, const struct mdl_kafka_lag_opts *o, struct mdl_buf *report, bool *over,
		  struct mdl_err *err);

#endif
