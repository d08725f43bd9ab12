/* SPDX-License-Identifier: MIT
 *
 * medal/spool/state: how much of which standard input has been kept under a checkpoint.
 * The spool itself is source/spool.h; a rollback and a backup only say here that the
 * input is done with, so that the next run's is another one.
 */
#ifndef MDL_STATE_SPOOL_STATE_H
#define MDL_STATE_SPOOL_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/slice.h"

struct mdl_spool_state {
	uint64_t input;  /* number of the input */
	uint64_t bytes;  /* of it in whole chunks */
	uint64_t hash;   /* XXH3-64 of these bytes */
	uint64_t chunks; /* written since the checkpoint began: the next chunk's number */
	bool closed;     /* the input was ingested to its end by a run that ended in order */
};

/* DIR is <checkpoint>/medal/spool. 1 when there is none: *S is then that of a first input. */
int mdl_spool_state_read(const char *dir, struct mdl_spool_state *s, struct mdl_err *err);
int mdl_spool_state_write(const char *dir, const struct mdl_spool_state *s, struct mdl_err *err);
/* The file's text. */
void mdl_spool_state_format(struct mdl_buf *out, const struct mdl_spool_state *s);
/* For a rollback: all chunks go, and the next run's standard input is a new one. *LOST gets true when
 * the checkpoint has read standard input, which is kept nowhere once an epoch is committed. */
int mdl_spool_state_forget(const char *dir, bool *lost, struct mdl_err *err);

#endif
