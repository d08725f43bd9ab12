/* SPDX-License-Identifier: MIT
 *
 * The run: all processes that one start of a pipeline consists of. Each holds a
 * shared lock on medal/run/<run id> of the checkpoint from its first begin line on;
 * a later start takes that lock exclusively and unlinks the file before it reads
 * anything, so a process that wakes up late finds its run over. The check is made
 * under the lock, so there is no gap between it and the act. (flock, close-on-exec:
 * the kernel releases it with the process.)
 */
#ifndef MDL_STREAM_RUN_H
#define MDL_STREAM_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/* Hold RUN of the checkpoint directory; returns the descriptor to keep open, -1 with ERR. A run that is over is
 * MDL_RETRY. */
int mdl_run_hold(const char *checkpoint, const char *run, struct mdl_err *err);

/* Can a stage have the NAME that --name gives it? It becomes a file's and a folder's name: no '/', no '.' at its begin,
 * no control characters, 1 to 200 bytes. */
int mdl_run_check_name(const char *name, struct mdl_err *err);

/* Claim STAGE in the run's folder, put-if-absent; two stages of one name are refused. */
int mdl_run_claim(const char *checkpoint, const char *run, const char *stage, struct mdl_err *err);

/* What a tail adds to its name when it tells that it has seen the end of the stream. */
#define MDL_RUN_TAIL_ENDED ":end "
/* ... and a stage or a tail when it gives up: programs that are not medal's may stand between, and do not notice. */
#define MDL_RUN_FAILED ":failed "

/* Tell the source that STAGE is alive and where it is ("write 42\n" into the run's FIFO). Never waits, never fails. */
void mdl_run_ping(const char *checkpoint, const char *run, const char *stage, uint64_t epoch);

/* The same of STAGE's end; HOW is one of the two above. */
void mdl_run_tell(const char *checkpoint, const char *run, const char *stage, const char *how,
		  uint64_t epoch);

/* From now on the first SIGINT, SIGTERM or SIGHUP is ignored (the source ends the epoch for us); a second one kills. */
void mdl_run_hold_signals(void);
void mdl_run_release_signals(void);

/* For the source: the first of these signals is only noted (a second one kills); it interrupts poll and read. */
void mdl_run_catch_signals(void);
/* The signal that was noted, 0 for none. */
int mdl_run_signal(void);

#endif
