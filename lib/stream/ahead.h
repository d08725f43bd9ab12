/* SPDX-License-Identifier: MIT
 *
 * Reading ahead: where processors are idle, helping threads read blocks of lines and do what
 * an operator does with a batch without regard to the batches before it (the scan, above
 * all). The first thread takes the blocks in their order, runs the operator over them and
 * writes; while a block's turn has not come it helps. So an operator's own data is touched by one
 * thread alone, and what comes out does not depend on how many threads there are.
 *
 * Helpers never wait for input, and all that is no block of lines (the end, an over-long
 * line, an error, nothing to read) is left to the first thread, in its place. Where input
 * is slow it finds each block alone, and helpers sleep.
 */
#ifndef MDL_STREAM_AHEAD_H
#define MDL_STREAM_AHEAD_H

#include "base/err.h"
#include "base/slice.h"
#include "stream/batch.h"
#include "stream/lend.h"
#include "stream/lines.h"

enum { MDL_AHEAD_THREADS = 16 };

/* The part of an operator's work on a batch that needs no other batch. */
struct mdl_ahead_work {
	/* What one thread needs for it, made from the operator's CTX by the first thread; FIRST: it is the first
	 * thread's own, which may use what the operator uses. NULL: there can be none at this time. */
	void *(*open)(void *ctx, bool first);
	/* For b->ahead, in memory of the batch's arena; NULL: nothing. Any thread; first_line of B is not known yet. */
	const void *(*work)(void *helper, const struct mdl_batch *b);
	/* Called by the first thread, when there are no others any more. */
	void (*close)(void *helper);
};

/* A block in batches of MDL_BATCH_ROWS lines; the last may be smaller. */
struct mdl_ahead_block {
	const struct mdl_slice *lines;
	size_t nlines;
	const void *const *results; /* of each batch, or NULL */
	/* Lines behind those, not cut; results has nothing of them. */
	struct mdl_slice rest;
};

struct mdl_ahead;

/* THREADS in all, 2 to MDL_AHEAD_THREADS. IN must lend to nobody (in->lend is NULL), and is used by no one else until _free, but
 * by the first thread for what an event of its tells. NULL: WORK cannot be done now, or there can be no more threads. */
struct mdl_ahead *mdl_ahead_new(struct mdl_lines *in, const struct mdl_ahead_work *work, void *ctx,
				unsigned threads);
/* As mdl_lines_next; for MDL_LINES_BLOCK_READY in *B, valid until _done. */
int mdl_ahead_next(struct mdl_ahead *a, struct mdl_ahead_block *b, struct mdl_err *err);
/* The block is written out, or some of it lent by L. */
void mdl_ahead_done(struct mdl_ahead *a, struct mdl_lend *l);
/* Ends the threads; a block that was not done is done. NULL is fine. */
void mdl_ahead_free(struct mdl_ahead *a, struct mdl_lend *l);

#endif
