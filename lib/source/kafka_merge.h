/* SPDX-License-Identifier: MIT
 *
 * Shards of a topic become one checkpoint, which a single reader, medal's or Spark's, goes
 * on with: what each has committed, and no partition twice or missing.
 */
#ifndef MDL_SOURCE_KAFKA_MERGE_H
#define MDL_SOURCE_KAFKA_MERGE_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "state/checkpoint.h"

/* Make the checkpoint NEW, which must have no epoch, of the N checkpoints DIRS, which must be at rest and stay as they
 * are. REPORT gets words for a person. */
int mdl_kafka_merge(const char *new, const char *const *dirs, size_t n, struct mdl_buf *report,
		    mdl_checkpoint_notice_fn *notice, struct mdl_err *err);

#endif
