/* SPDX-License-Identifier: MIT
 *
 * A hand-over under a new name: another checkpoint, whose batch 0 is all that this one has
 * committed. Its id is new, for sinks that know batches by the query's id (Delta) skip, in
 * silence, numbers that they have seen of it. For a Spark query into another sink.
 */
#ifndef MDL_TABLE_HANDOFF_RENUMBER_H
#define MDL_TABLE_HANDOFF_RENUMBER_H

#include "base/err.h"
#include "table/handoff_report.h"

/* Make the checkpoint DIR (missing, empty, or left half done by a killed one) from H, which was checked. Its offsets come
 * last. */
int mdl_handoff_renumber(const struct mdl_handoff *h, const char *dir, mdl_checkpoint_notice_fn *notice,
			 struct mdl_err *err);

#endif
