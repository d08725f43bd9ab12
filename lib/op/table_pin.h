/* SPDX-License-Identifier: MIT
 *
 * The versions of joined tables under a checkpoint: a stage pins them when an epoch begins,
 * a replay of the epoch reads the same where they still can be read, and the barrier tells
 * them. The plan's body is {"tables":{"NAME":"VERSION"}} (medal-checkpoint(5)).
 */
#ifndef MDL_OP_TABLE_PIN_H
#define MDL_OP_TABLE_PIN_H

#include "op/join_table.h"
#include "stream/filter.h"

/* The versions that F's epoch is to see, in VERSIONS (N texts that the caller frees): those that an earlier run of the
 * epoch wrote down (*REPLAY), else the present ones, which are written down now. */
int mdl_table_pin_begin(const struct mdl_filter *f, const struct mdl_join_table *tables, size_t n,
			char **versions, bool *replay, struct mdl_err *err);
/* Append the versions that were read, "tables":{"NAME":"VERSION"}, for the books of the epoch. */
void mdl_table_pin_report(struct mdl_buf *out, const struct mdl_join_table *tables, size_t n);

#endif
