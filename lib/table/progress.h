/* SPDX-License-Identifier: MIT
 *
 * Numbers for monitors, from the ledger of each epoch after its commit: a line in the
 * shape of Spark's StreamingQueryProgress, and a Prometheus text file. Both may repeat or
 * miss an epoch after a kill; the ledger does not.
 */
#ifndef MDL_TABLE_PROGRESS_H
#define MDL_TABLE_PROGRESS_H

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "state/kafka_state.h"
#include "state/ledger_file.h"

/* Of one epoch, as far as the ledger does not say it. */
struct mdl_progress_times {
	int64_t batch_timestamp_ms;
	uint64_t epoch_us;                     /* from its begin line to its commit, at the tail */
	uint64_t commit_us;                    /* from its barrier to its commit */
	const char *start_offset, *end_offset; /* of the source, as JSON; NULL: none */
	const struct mdl_kafka_state
		*kafka; /* how far topics are read; NULL or empty: the source is another */
};

/* Append one line of NDJSON. */
void mdl_progress_format(struct mdl_buf *out, const char *checkpoint_id, const struct mdl_ledger *l,
			 const struct mdl_progress_times *t);
/* Append it to the file PATH. */
int mdl_progress_append(const char *path, const char *checkpoint_id, const struct mdl_ledger *l,
			const struct mdl_progress_times *t, struct mdl_err *err);

/* Counters since the program's start. */
struct mdl_metrics {
	uint64_t epochs, rows_in, rows_out;
	struct mdl_books buckets; /* only its buckets are used */
};

void mdl_metrics_add(struct mdl_metrics *m, const struct mdl_ledger *l);
/* Replace the file PATH, so that a reader sees it whole. */
int mdl_metrics_write(const struct mdl_metrics *m, const char *path, const struct mdl_ledger *l,
		      const struct mdl_progress_times *t, struct mdl_err *err);
void mdl_metrics_free(struct mdl_metrics *m);

#endif
