/* SPDX-License-Identifier: MIT
 *
 * Standard input under a checkpoint. A pipe cannot be read twice, so its bytes are first
 * spooled, synced, into files under medal/spool/, which are then the source's files. As
 * long as an input has not been ingested to its end, the next run's standard input must
 * begin with the same bytes, which are skipped; other bytes are refused. So running the
 * same command again after a kill loses and doubles nothing.
 */
#ifndef MDL_SOURCE_SPOOL_H
#define MDL_SOURCE_SPOOL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "state/checkpoint.h"
#include "state/positions.h"
#include "state/source_log.h"
#include "state/spool_state.h"

struct mdl_ingest_opts;

struct mdl_spool {
	char *dir;          /* <checkpoint>/medal/spool */
	int out_fd, ack_fd; /* our reader, and the run's FIFO: waiting ends when one fails */
	uint64_t chunk_bytes, chunk_records, wait_us;
	bool whole; /* CSV: a record may span lines, so an input is one chunk */
	struct mdl_spool_state st;
	/* this run */
	void *hashing;       /* of the bytes read so far */
	struct mdl_buf rest; /* read but not in a chunk yet: an incomplete line */
	bool eof, idle; /* idle: this run's standard input is empty although an earlier one was not done */
	char **done;    /* chunk files that were handed out and are not committed */
	size_t ndone, done_cap;
	size_t sealed;                      /* the first of them, whose epoch is in doubt */
	const struct mdl_source_log *known; /* until the first _next */
};

/* KNOWN tells which chunks were read already. Skips what was spooled before. */
int mdl_spool_open(struct mdl_spool *s, const struct mdl_checkpoint *ck, const struct mdl_ingest_opts *o,
		   const struct mdl_source_log *known, struct mdl_err *err);
/* Read the next chunk (up to its limits, the end of input, or with a time limit what came in it) and put it, and on the
 * first call what earlier runs left, into QUEUE, whose next range is *AT. */
int mdl_spool_next(struct mdl_spool *s, struct mdl_positions *queue, size_t *at, struct mdl_err *err);
/* The epoch of what _next gave so far is sent: its commit makes these chunks superfluous. */
void mdl_spool_sealed(struct mdl_spool *s);
/* The epoch that was sealed is committed. */
int mdl_spool_committed(struct mdl_spool *s, struct mdl_err *err);
/* All is committed and the run ends in order: the next run's input is another one. */
int mdl_spool_close_input(struct mdl_spool *s, struct mdl_err *err);
void mdl_spool_close(struct mdl_spool *s);

#endif
