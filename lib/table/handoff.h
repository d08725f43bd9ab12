/* SPDX-License-Identifier: MIT
 *
 * A checkpoint is handed over to Spark: after it, a Spark query with this checkpoint
 * goes on at the next record. Files and logs are already Spark's; what remains is to
 * bring the last epoch to its end, to refuse what Spark could not know (parts of files,
 * state), to mend what Spark trips over, and to say what to run. medal-checkpoint(5),
 * SPARK.
 */
#ifndef MDL_TABLE_HANDOFF_H
#define MDL_TABLE_HANDOFF_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "state/checkpoint.h"

struct mdl_handoff_opts {
	bool drop_state; /* state of dedupe, aggregate and the like stays behind */
	const char *
		renumber; /* directory of a new checkpoint that begins after this one's last epoch; NULL: this one */
	bool wait;        /* for a run that uses the checkpoint */
	mdl_checkpoint_notice_fn *notice;
};

/* Hand over the checkpoint DIR. REPORT gets, as text for a person, what was done and the query to run. May be repeated.
 * Status 2: what cannot be handed over, with the way; 75: a run uses the checkpoint. */
int mdl_handoff_spark(const char *dir, const struct mdl_handoff_opts *o, struct mdl_buf *report,
		      struct mdl_err *err);

#endif
