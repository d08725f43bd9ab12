/* SPDX-License-Identifier: MIT
 *
 * May a checkpoint that another engine wrote be gone on with? Spark's and medal's
 * checkpoints share a layout, but not every source and no state. What cannot go on is
 * refused with the reason and the way out; medal-checkpoint(5), SPARK.
 */
#ifndef MDL_STATE_TAKEOVER_H
#define MDL_STATE_TAKEOVER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "state/checkpoint.h"

/* The kinds of a source's end offset. */
enum mdl_source_kind {
	MDL_SOURCE_NONE, /* "-": it has not begun */
	MDL_SOURCE_FILES,
	MDL_SOURCE_KAFKA,
	MDL_SOURCE_DELTA,
	MDL_SOURCE_AUTO_LOADER,
	MDL_SOURCE_OTHER, /* rate, socket and what we do not know */
};

/* OFFSET is a source's end offset as JSON, NULL for "-". *LOG_OFFSET is set for files. */
enum mdl_source_kind mdl_takeover_source_kind(const char *offset, int64_t *log_offset);
/* "Kafka", "Auto Loader", ... */
const char *mdl_takeover_source_name(enum mdl_source_kind kind);

/* Does CHECKPOINT hold state of Spark's operators (state/0 and so on)? */
bool mdl_takeover_has_spark_state(const char *checkpoint);

/* A source of kind WANTED (NONE: of any that medal reads) is to be read under the checkpoint, whose recovery is REC:
 * refuse what is not one such source, and, unless DROP_STATE, the state of a Spark query that decided the last epoch. */
int mdl_takeover_check(const struct mdl_checkpoint *ck, const struct mdl_recovery *rec,
		       enum mdl_source_kind wanted, bool drop_state, struct mdl_err *err);

#endif
