/* SPDX-License-Identifier: MIT
 *
 * The records of one epoch again, for people: what medal/files/N (or, for an epoch that
 * Spark planned, sources/0) says that it read. Nothing is written, locked or claimed.
 */
#ifndef MDL_SOURCE_REPLAY_H
#define MDL_SOURCE_REPLAY_H

#include <stdint.h>

#include "base/err.h"
#include "net/kafka_conf.h"

/* Emit the records of epoch EPOCH of checkpoint DIR to OUT_FD; formats follow the files' names;
 * CLI is for an epoch over Kafka. *ROWS: records read; *BOOKED:
 * what the epoch's ledger says, -1 when it has none. */
int mdl_replay_epoch(const char *dir, int64_t epoch, const struct mdl_kafka_cli *cli, int out_fd,
		     uint64_t *rows, int64_t *booked, struct mdl_err *err);

#endif
