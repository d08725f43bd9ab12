/* SPDX-License-Identifier: MIT
 *
 * Who may act on a checkpoint: medal/lock keeps a second source out, and each run's
 * file is barred (exclusive lock, then unlink) before a later run reads anything, so
 * that no process of an earlier run can act any more. stream/run.h is the other side.
 */
#ifndef MDL_STATE_RUN_LOCK_H
#define MDL_STATE_RUN_LOCK_H

#include "state/checkpoint.h"

/* Can the directory do what the protocol needs: link(2) and flock(2) on a local file system? UNSAFE: the user says
 * that a network file system will do. */
int mdl_run_lock_try_file_system(const char *dir, bool unsafe, struct mdl_err *err);
/* Take medal/lock. OUT_FD: as mdl_checkpoint_own has it. */
int mdl_run_lock_take(struct mdl_checkpoint *ck, bool wait, int out_fd, mdl_checkpoint_notice_fn *notice,
		      struct mdl_err *err);
/* Bar all runs in medal/run, oldest first; waits for those that still drain. */
int mdl_run_lock_bar_all(struct mdl_checkpoint *ck, int out_fd, mdl_checkpoint_notice_fn *notice,
			 struct mdl_err *err);
/* Make ck->run's file, hold it, make its folder and FIFO. */
int mdl_run_lock_start(struct mdl_checkpoint *ck, struct mdl_err *err);

#endif
