/* SPDX-License-Identifier: MIT
 *
 * A checkpoint and its tables back to an earlier epoch (PROTOCOL H6). All runs are
 * barred, the intent (medal/rollback) is written first, then everything goes from the
 * newest epoch down: commits/k, the tables' log entries, ledger/k, offsets/k and
 * files/k; then data and state files, the source's log, and last the intent. Who finds
 * the intent finishes the rollback or does nothing with the checkpoint.
 */
#ifndef MDL_TABLE_ROLLBACK_H
#define MDL_TABLE_ROLLBACK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "state/checkpoint.h"

struct mdl_rollback_opts {
	int64_t to;          /* the epoch that stays the last one; -1: none stays */
	bool cascade;        /* roll back the checkpoints that read the tables, too */
	bool wait;           /* for a running pipeline */
	bool keep_published; /* go back although rows of later epochs are in a topic, where they stay */
	mdl_checkpoint_notice_fn *notice;
	/* A checkpoint is at its epoch: DIR went back from FROM to TO (FROM = TO: there was nothing to do). */
	void (*done)(const char *dir, int64_t from, int64_t to);
};

/* Status 2: the target is not there, or a reader has committed what would go (without cascade; the message names it).
 * Status 75: a pipeline runs on the checkpoint or on one that reads its tables. */
int mdl_rollback_run(const char *dir, const struct mdl_rollback_opts *o, struct mdl_err *err);

/* A start finds the intent of a rollback that was killed: finish it. CK is owned by the caller. 0 also when there is
 * none. */
int mdl_rollback_finish(struct mdl_checkpoint *ck, mdl_checkpoint_notice_fn *notice, struct mdl_err *err);

#endif
