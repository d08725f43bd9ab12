/* SPDX-License-Identifier: MIT
 *
 * Rows that are to be added to groups: collected as pairs of a row and its group, and
 * then added call by call, so that the usual calls over the usual types are loops over a
 * column.
 */
#ifndef MDL_OP_AGG_BATCH_H
#define MDL_OP_AGG_BATCH_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "op/group_table.h"
#include "sql/aggregate_plan.h"

enum { MDL_AGG_BATCH_PAIRS = 4096 };

struct mdl_agg_batch {
	size_t n;
	uint32_t row[MDL_AGG_BATCH_PAIRS];
	struct mdl_group *group[MDL_AGG_BATCH_PAIRS];
};

/* Add the rows to their groups, in order for each call and group; B is empty then. RES is the input program's, A the
 * batch's arena. -1: an overflow, or a value that the call cannot take; *ROW is the row. */
int mdl_agg_batch_add(struct mdl_agg_batch *b, const struct mdl_agg_plan *p, const struct mdl_result *res,
		      bool ansi, struct mdl_arena *a, size_t *row, struct mdl_err *err);

#endif
