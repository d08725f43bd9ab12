/* SPDX-License-Identifier: MIT
 *
 * Up to which epoch the files of a table may be merged: what its owner has committed
 * and all its readers have read. Merged files cannot be taken apart again, neither by
 * a rollback nor for a reader that stands in the middle of one.
 */
#ifndef MDL_TABLE_MERGE_LIMIT_H
#define MDL_TABLE_MERGE_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "table/table_log.h"

typedef void mdl_merge_notice_fn(const char *text);

/* Keep every epoch to which the owner, or a reader, can roll back. */
#define MDL_MERGE_KEEP_ALL UINT64_MAX

struct mdl_merge_limit {
	int64_t epoch;   /* greatest that may be merged, -1 for none */
	int64_t readers; /* greatest that all readers have read, INT64_MAX without readers */
	int64_t oldest;  /* oldest epoch of which the owner keeps a ledger, -1 for none */
	bool kept;       /* it is nothing but KEEP that sets the limit: time alone moves it */
	int64_t *
		cuts; /* epochs after which no merged file may go on, for a reader may be rolled back to have read so far */
	size_t ncuts, cuts_cap;
	char *why; /* what sets the limit: "ckpt/gold has read it up to epoch 12"; NULL: nothing but the end */
};

struct mdl_merge_limit_opts {
	/* Newest committed epochs that can be rolled back to: files of the owner's stay as they are, and a merged file ends where
	 * one of a reader's did; MDL_MERGE_KEEP_ALL. */
	uint64_t keep;
	bool no_stream_readers; /* the user's word: no Spark query streams from the table */
	mdl_merge_notice_fn *notice;
};

/* LOG is the table's. Refused (status 2): a table that each epoch replaces, one that Spark writes or streams from, one whose
 * owner's checkpoint is not there. Status 75: a rollback of the owner or of a reader is not finished. */
int mdl_merge_limit_find(struct mdl_merge_limit *l, const char *dir, const struct mdl_table_log *log,
			 const struct mdl_merge_limit_opts *o, struct mdl_err *err);
void mdl_merge_limit_free(struct mdl_merge_limit *l);

#endif
