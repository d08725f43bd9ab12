/* SPDX-License-Identifier: MIT
 *
 * What each sink over a table directory does at its first begin line under a
 * checkpoint: find out whether the checkpoint knows the table, claim it, and clear
 * the hidden files of runs that are over.
 */
#ifndef MDL_SINK_SINK_CLAIM_H
#define MDL_SINK_SINK_CLAIM_H

#include <stdbool.h>

#include "base/err.h"
#include "stream/barrier.h"
#include "table/table_owner.h"

/* Claim the table DIR for epoch B and its STAGE (NULL for a side output, which all stages of the checkpoint
 * share). FRESH: the table may be empty though the checkpoint wrote to it before. On success *REAL is the directory,
 * absolute and without links, and *O its owner file; the caller frees both. */
int mdl_sink_claim(struct mdl_table_owner *o, char **real, const char *dir, const struct mdl_begin *b,
		   const char *stage, const struct mdl_table_options *opts, enum mdl_table_mode mode,
		   bool fresh, struct mdl_err *err);

/* ---- records without a begin line ---- */

/* Does a tail read what we write? Then this is no run without a checkpoint: the begin line was lost on the way, or there
 * never was one. Rows that were shown now would come again with the next run (PROTOCOL H8). */
bool mdl_sink_tail_waits(void);
/* The same before all is shown: a shell that is slow to start the tail is waited for, five seconds at most. */
bool mdl_sink_tail_comes(void);
/* -1 with ERR, for the sink TARGET, to which nothing was written. */
int mdl_sink_lost_begin(const char *target, struct mdl_err *err);

#endif
