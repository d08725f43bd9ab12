/* SPDX-License-Identifier: MIT
 *
 * What a person needs to go on in Spark: the query, and what to mind. The checkpoint
 * knows which folders were read and which tables were written, not the columns.
 */
#ifndef MDL_TABLE_HANDOFF_REPORT_H
#define MDL_TABLE_HANDOFF_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "state/checkpoint.h"
#include "state/kafka_state.h"
#include "state/ledger_file.h"
#include "state/positions.h"
#include "state/source_log.h"
#include "state/spool_state.h"

/* A checkpoint at the moment of its hand-over; handoff.c fills it. */
struct mdl_handoff {
	struct mdl_checkpoint ck;
	struct mdl_recovery rec;
	struct mdl_ledger ledger; /* the newest there is, when has_ledger */
	bool has_ledger;
	struct mdl_positions pos;
	struct mdl_kafka_state kafka; /* its partitions are the source's; none: the source is files */
	struct mdl_source_log log;
	bool spooled;           /* it has read standard input */
	int64_t rolled_forward; /* the epoch that was decided and had not been published, -1 for none */
	char *renumbered;       /* the new checkpoint that takes its place in the query, or NULL */
	size_t merged, twins;   /* entries added to the source's log, checksum files removed */
};

int mdl_handoff_report(const struct mdl_handoff *h, struct mdl_buf *out, struct mdl_err *err);

#endif
