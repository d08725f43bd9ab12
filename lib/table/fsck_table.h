/* SPDX-License-Identifier: MIT
 *
 * The tables' part of table/fsck.h: are they where the checkpoint is?
 */
#ifndef MDL_TABLE_FSCK_TABLE_H
#define MDL_TABLE_FSCK_TABLE_H

#include "table/fsck.h"

struct mdl_fsck_report {
	const struct mdl_fsck_opts *o;
	struct mdl_fsck_result *res;
};

/* FMT is what is wrong, without a full stop. */
void mdl_fsck_say(struct mdl_fsck_report *r, enum mdl_fsck_grade grade, const char *remedy, const char *fmt,
		  ...) __attribute__((format(printf, 4, 5)));
/* True, and said, when a newer medal or Spark wrote what could not be read: that is no damage to be mended. */
bool mdl_fsck_say_newer(struct mdl_fsck_report *r, const struct mdl_err *why);

/* All tables that the ledger of LAST, the newest committed epoch, names. DECIDED, when it is LAST + 1, may be published. */
int mdl_fsck_tables(struct mdl_fsck_report *r, const struct mdl_checkpoint *ck, int64_t last, int64_t decided,
		    struct mdl_err *err);

/* Remove the hidden files of table DIR that no ledger of CHECKPOINT names; no run may be at work. */
int mdl_fsck_clean_pending(const char *checkpoint, const char *dir, size_t *removed, struct mdl_err *err);

#endif
