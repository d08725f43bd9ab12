/* SPDX-License-Identifier: MIT
 *
 * medal-exec's operator: a foreign filter inside of a pipeline. The command runs once
 * for each epoch that has records (without a checkpoint: once) and sees these alone;
 * its end of input is its flush. What it writes are the rows that go on, checked line by
 * line; its status and how many rows it dropped are entered in the ledger.
 */
#ifndef MDL_OP_EXEC_H
#define MDL_OP_EXEC_H

#include <stdint.h>

#include "base/err.h"
#include "stream/filter.h"

struct mdl_exec_opts {
	char *const *argv;   /* NULL-terminated; stays the caller's */
	const char *ok;      /* statuses that are well: "0,1"; NULL: 0 */
	uint64_t max_record; /* 0: MDL_DEFAULT_MAX_RECORD */
};

struct mdl_exec;

/* ERR for statuses that are none. The caller frees, after the run; that kills a command that still runs. */
struct mdl_exec *mdl_exec_new(const struct mdl_exec_opts *o, struct mdl_err *err);
void mdl_exec_free(struct mdl_exec *x);
/* Valid until _free. */
const struct mdl_op *mdl_exec_op(struct mdl_exec *x);

#endif
