/* SPDX-License-Identifier: MIT
 *
 * What is wrong with a checkpoint and its tables, in one sentence each, and what to do,
 * in another. A repair does only what is proved: it writes again what another file
 * tells for certain, puts aside what was acknowledged to nobody, and removes what
 * nothing names.
 */
#ifndef MDL_TABLE_FSCK_H
#define MDL_TABLE_FSCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "state/checkpoint.h"

enum mdl_fsck_grade {
	MDL_FSCK_NOTE,   /* harms nothing */
	MDL_FSCK_WRONG,  /* somebody must do what is said */
	MDL_FSCK_MENDED, /* by this repair */
};

struct mdl_fsck_opts {
	bool repair; /* becomes the checkpoint's owner: status 75 while a run is live */
	void (*finding)(enum mdl_fsck_grade grade, const char *what, const char *remedy);
	mdl_checkpoint_notice_fn *notice;
};

struct mdl_fsck_result {
	uint64_t notes, wrong, mended;
};

/* 0 also when there are findings. -1 when DIR is no checkpoint at all, or a repair fails. */
int mdl_fsck_checkpoint(const char *dir, const struct mdl_fsck_opts *o, struct mdl_fsck_result *res,
			struct mdl_err *err);

/* The table DIR was moved: write the paths in its log as they are now, for Spark (medal does not need it). *LINES and
 * *FILES count what was changed. */
int mdl_fsck_moved(const char *dir, uint64_t *lines, uint64_t *files, struct mdl_err *err);

#endif
