/* SPDX-License-Identifier: MIT
 *
 * Merging the small files of a table: many become one, by replacing the newest .compact
 * of its log. Readers by the log see each row once at every moment; the replaced files
 * stay until no reader can need them. Order: the merged files are written under hidden
 * names and synced; _medal_merged names them and what they are made of; they get their
 * names; the .compact is replaced under the table's lock (now they count); the record
 * says so; later the old files go. Killed anywhere, the next one undoes what was not
 * shown and goes on from what was. A merge and a rollback of one table exclude each
 * other by a lock (flock on the log's folder).
 */
#ifndef MDL_TABLE_MERGE_H
#define MDL_TABLE_MERGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "table/merge_limit.h"

/* As long as Spark keeps replaced log entries: so long a reader may be at work with a list it has read. */
#define MDL_MERGE_OLDER_THAN_US (UINT64_C(10) * 60 * 1000000)

struct mdl_merge_opts {
	struct mdl_merge_limit_opts limit;
	size_t at_least;        /* do nothing with fewer small files than that */
	uint64_t older_than_us; /* replaced files go when they were replaced so long ago */
};

struct mdl_merge_result {
	uint64_t files, merged; /* that were merged, and what they became */
	uint64_t bytes, rows;   /* of the merged files */
	int64_t first, last;    /* epochs */
	uint64_t removed;       /* replaced files that are gone */
	uint64_t waiting;       /* replaced files that stand for those who read them */
	size_t small;           /* small files of the log now */
	bool kept;              /* it is what is to be kept */
	char *why;              /* nothing was merged: what sets the limit, or NULL; the caller frees it */
};

/* Merge the files of the table DIR. Status 75: another merge or a rollback is at work. */
int mdl_merge_run(const char *dir, const struct mdl_merge_opts *o, struct mdl_merge_result *res,
		  struct mdl_err *err);

/* The lock; the descriptor, -1 with ERR (75 when it is held), -2 when DIR has no log. */
int mdl_merge_lock(const char *dir, struct mdl_err *err);
/* Undo or finish what a killed merge of DIR left; the caller holds the lock. */
int mdl_merge_settle(const char *dir, struct mdl_err *err);

#endif
