/* SPDX-License-Identifier: MIT
 *
 * Making a decided epoch visible: the prepared files get their names, then the
 * table's log gets its entry, last and once. It works from the list in the ledger
 * alone and may be repeated by any later program at any point, so a kill leaves
 * nothing half done. And the way back: hidden files that no ledger names are
 * removed.
 */
#ifndef MDL_TABLE_PUBLISH_H
#define MDL_TABLE_PUBLISH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "stream/ledger.h"
#include "table/table_writer.h"

/* Publish epoch EPOCH: all files and tables of the books of its stages (N of them). A table without files gets
 * its empty log entry; a table that several stages share (a quarantine) gets one entry with the files of all, in
 * the order of the stages. A table whose _medal_owner says so is overwritten (complete mode). After a failure
 * the caller must end the process; a repetition goes on where it stopped. */
int mdl_publish_epoch(uint64_t epoch, const struct mdl_books *stages, size_t n, struct mdl_err *err);

/* What the clean-up may not touch: true for a hidden file of EPOCH and RUN that a ledger names. */
typedef bool mdl_publish_keep_fn(void *arg, uint64_t epoch, const char *run);

/* Remove the hidden files of table DIR, but for those of the run OWN_RUN (other stages of it may be at work) and
 * those that KEEP (may be NULL) wants. Files with other names stay. *REMOVED may be NULL. */
int mdl_table_clean_pending(const char *dir, const char *own_run, mdl_publish_keep_fn *keep, void *arg,
			    size_t *removed, struct mdl_err *err);

/* ---- without a checkpoint ---- */

enum mdl_plain_mode {
	MDL_PLAIN_NEW = 0, /* an existing table that is not empty is an error */
	MDL_PLAIN_APPEND,
	MDL_PLAIN_OVERWRITE,
};

/* May a run without a checkpoint write DIR in this way? To be asked before the first row. */
int mdl_plain_check(const char *dir, enum mdl_plain_mode mode, struct mdl_err *err);
/* The end of input: prepare W's rows under the next free number, show them, and with _OVERWRITE remove the files
 * that were there. W was begun with any epoch. *EPOCH (may be NULL) gets the number. */
int mdl_plain_publish(struct mdl_table_writer *w, enum mdl_plain_mode mode, uint64_t *epoch,
		      struct mdl_err *err);
/* A name for the hidden files of a run without a checkpoint: 32 hex digits. */
void mdl_plain_run_id(char run[33]);

#endif
