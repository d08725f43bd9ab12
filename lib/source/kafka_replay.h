/* SPDX-License-Identifier: MIT
 *
 * The records of one epoch over Kafka again, for people: the ranges of medal/kafka/N, or,
 * for an epoch that Spark planned, what is between the offsets of two. JSON values only.
 */
#ifndef MDL_SOURCE_KAFKA_REPLAY_H
#define MDL_SOURCE_KAFKA_REPLAY_H

#include <stdint.h>

#include "base/err.h"
#include "net/kafka_conf.h"
#include "source/ingest_rows.h"
#include "state/offsets.h"

/* Emit the records of epoch EPOCH of checkpoint DIR, whose offsets are O and those of the one before BEFORE (no sources
 * when there is none). CLI's brokers NULL: those that the checkpoint names. */
int mdl_kafka_replay(const char *dir, int64_t epoch, const struct mdl_offsets *o,
		     const struct mdl_offsets *before, const struct mdl_kafka_cli *cli,
		     struct mdl_ingest_rows *rows, struct mdl_err *err);

#endif
