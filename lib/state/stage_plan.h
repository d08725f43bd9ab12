/* SPDX-License-Identifier: MIT
 *
 * medal/plan/<epoch>.<stage>: what a stage writes down before an epoch is decided, so that
 * its replay does the same: the versions of joined tables, what a sink is about to
 * publish by itself.
 */
#ifndef MDL_STATE_STAGE_PLAN_H
#define MDL_STATE_STAGE_PLAN_H

#include "base/buf.h"
#include "base/err.h"
#include "stream/barrier.h"

/* Where B's epoch less BEFORE has it. The caller frees. A stage of a branch ("b/write") has a '.' for its '/'. */
char *mdl_stage_plan_path(const struct mdl_begin *b, const char *stage, uint64_t before);
/* Write the plan of B's epoch, durable on return, and remove that of the epoch BEFORE it, which must be committed. */
int mdl_stage_plan_write(const struct mdl_begin *b, const char *stage, struct mdl_slice text, uint64_t before,
			 struct mdl_err *err);
/* Append the plan of B's epoch to OUT. 1 when there is none. */
int mdl_stage_plan_read(const struct mdl_begin *b, const char *stage, struct mdl_buf *out,
			struct mdl_err *err);

#endif
