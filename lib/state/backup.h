/* SPDX-License-Identifier: MIT
 *
 * A checkpoint as one file (tar, zstd) and back. A backup is of a commit: exactly what
 * the ledger of the newest committed epoch names, and nothing of the epoch after it; it
 * may be made while a run is at work, which does not wait. Tables are not in it.
 */
#ifndef MDL_STATE_BACKUP_H
#define MDL_STATE_BACKUP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "state/checkpoint.h"

struct mdl_backup_result {
	int64_t epoch; /* that it is of */
	uint64_t files, bytes;
	bool spooled; /* standard input after the epoch must be fed again */
};

/* Write FILE, which must not exist. */
int mdl_backup_write(const char *dir, const char *file, struct mdl_backup_result *res, struct mdl_err *err);

struct mdl_restore_opts {
	bool force; /* a directory that is not empty is barred, and moved aside */
	mdl_checkpoint_notice_fn *notice;
};

/* Make DIR, which must be missing or empty, from FILE. All is read and checked before DIR comes to be, at once. */
int mdl_backup_restore(const char *file, const char *dir, const struct mdl_restore_opts *o,
		       struct mdl_backup_result *res, struct mdl_err *err);

#endif
