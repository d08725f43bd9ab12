/* SPDX-License-Identifier: MIT
 *
 * A new checkpoint that begins where something else ended: at the offsets of a Spark
 * query (or another checkpoint of medal's), whose state, id and epochs stay behind, or at
 * offsets that the user knows; and, with a table, as the end of the history in it:
 * history first, stream after, in one table. medal-checkpoint(5), SPARK.
 */
#ifndef MDL_SOURCE_IMPORT_H
#define MDL_SOURCE_IMPORT_H

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "state/checkpoint.h"

enum mdl_import_doubt {
	MDL_IMPORT_REFUSE, /* a batch that is planned and not committed */
	MDL_IMPORT_AGAIN,  /* it counts as not done: its rows come again */
	MDL_IMPORT_DONE,   /* it counts as done */
};

struct mdl_import_opts {
	const char *spark;   /* the checkpoint to begin after, or NULL */
	uint64_t source;     /* which of its sources */
	const char *offsets; /* JSON: offsets in Kafka's form, or NULL */
	const char *table;   /* its files are the history, or NULL */
	enum mdl_import_doubt doubt;
	mdl_checkpoint_notice_fn *notice;
};

/* Make the checkpoint DIR, which must have no epoch. REPORT gets words for a person. Nothing stands in DIR that a pipeline
 * would go on from until all of it does: offsets come last. */
int mdl_import_checkpoint(const char *dir, const struct mdl_import_opts *o, struct mdl_buf *report,
			  struct mdl_err *err);

#endif
