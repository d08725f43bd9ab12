/* SPDX-License-Identifier: MIT
 *
 * The tail of a pipeline: it checks the books of each epoch, decides (medal/ledger/N),
 * publishes what the ledger lists, and commits (commits/N). Every step is put-if-absent
 * or idempotent, so that any later program can go on where a killed one stopped.
 */
#ifndef MDL_TABLE_COMMIT_H
#define MDL_TABLE_COMMIT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "state/kafka_state.h"
#include "state/ledger_file.h"
#include "table/auto_merge.h"
#include "table/merge_limit.h"

struct mdl_commit_opts {
	int in_fd;
	const char *branch; /* --branch, when this tail is a branch's first program too */
	uint64_t retain;    /* epochs kept in the checkpoint; 0: 100 */
	/* Called after each commit; may be NULL. */
	/* K: how far Kafka's partitions are read; empty for other sources */
	void (*committed)(const struct mdl_ledger *l, const struct mdl_kafka_state *k);
	const char *progress_log, *metrics; /* paths, or NULL: progress.h */
	enum mdl_auto_merge_mode merge;     /* of small files of tables: auto_merge.h */
	mdl_merge_notice_fn *notice;        /* of what the merge of files met; may be NULL */
};

/* Read control lines to the end of the stream and commit each epoch. Returns the exit status; ERR holds the message
 * when it is not MDL_OK (an abort's too). *SIGNAL: the signal that stopped the source; the program should die by it. */
int mdl_commit_run(const struct mdl_commit_opts *o, int *signal, struct mdl_err *err);

/* An epoch that was decided but not committed: publish its list and link commits/N. */
int mdl_commit_roll_forward(const char *checkpoint, int64_t epoch, struct mdl_err *err);

#endif
