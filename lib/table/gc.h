/* SPDX-License-Identifier: MIT
 *
 * What nothing names any more goes: state files of no ledger, hidden files of dead runs
 * in the tables, temporary files of programs that were killed, damaged files that were
 * put aside long ago. Runs remove most of it themselves; this is for after mishaps.
 */
#ifndef MDL_TABLE_GC_H
#define MDL_TABLE_GC_H

#include <stdint.h>

#include "base/err.h"
#include "state/checkpoint.h"

struct mdl_gc_opts {
	uint64_t older_than_us; /* files in medal/broken/ stay so long */
	mdl_checkpoint_notice_fn *notice;
};

struct mdl_gc_result {
	uint64_t state, hidden, temporary, broken; /* files removed */
	uint64_t bytes;                            /* of state, temporary and broken */
};

/* Becomes the checkpoint's owner: 75 while a run is live or a backup is made. Refused (2) when a ledger cannot be read,
 * since what it names is not known, and while a rollback is not finished. */
int mdl_gc_run(const char *dir, const struct mdl_gc_opts *o, struct mdl_gc_result *res, struct mdl_err *err);

#endif
