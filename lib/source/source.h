/* SPDX-License-Identifier: MIT
 *
 * A way in, as ingest.c's epochs see it: files and standard input (file_source.h), Kafka
 * topics (kafka_source.h). A source knows what there is to read and how far it was read;
 * ingest.c knows begin, barrier and commit, and calls it in this order:
 *
 *     under a checkpoint: resume, start, [replay, sealed, committed,]
 *         { look, next, read, plan, sealed, committed }..., ended
 *     without: start, { look, read }...
 *
 * Each call returns 0, or -1 with ERR filled. One that a source does not need is NULL.
 */
#ifndef MDL_SOURCE_SOURCE_H
#define MDL_SOURCE_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "state/checkpoint.h"
#include "state/takeover.h"

struct mdl_source_ops {
	enum mdl_source_kind kind; /* of checkpoint that it can go on with */
	/* Take up what CK's offsets say; REC is what recovery found. An epoch that is to be replayed is not read yet. */
	int (*resume)(void *ctx, const struct mdl_checkpoint *ck, const struct mdl_recovery *rec,
		      struct mdl_err *err);
	/* The run begins: open what is needed. */
	int (*start)(void *ctx, struct mdl_err *err);
	/* Look for new input. FIRST is true once. */
	int (*look)(void *ctx, bool first, struct mdl_err *err);
	/* What would be read next, in words; NULL when there is nothing. Valid until the next call. */
	const char *(*next)(void *ctx);
	/* Emit the records of one epoch: all that _look found, or as much as the limits allow. */
	int (*read)(void *ctx, struct mdl_err *err);
	/* It wants to end, though it follows: its reader has what was asked for. */
	bool (*finished)(void *ctx);
	/* Without a checkpoint: wait for more until UNTIL; NULL: nothing is lost by looking at UNTIL only. */
	int (*wait)(void *ctx, uint64_t until, struct mdl_err *err);
	/* Write down, durably, what the end offset of EPOCH cannot say, and append that offset as JSON to OFFSET
	 * (nothing: the source has not begun). */
	int (*plan)(void *ctx, int64_t epoch, struct mdl_buf *offset, struct mdl_err *err);
	/* Emit exactly the range of REC's last offsets again. */
	int (*replay)(void *ctx, const struct mdl_recovery *rec, struct mdl_err *err);
	/* The barrier is sent; and now the epoch is committed. */
	void (*sealed)(void *ctx);
	int (*committed)(void *ctx, struct mdl_err *err);
	/* The last commit was seen and the end is sent; SIGNAL: it was one that ended the run, 0 for none. */
	int (*ended)(void *ctx, int signal, struct mdl_err *err);
	/* MEDAL_DRY_RUN: is it there at all? */
	int (*dry)(void *ctx, struct mdl_err *err);
	void (*close)(void *ctx);
};

struct mdl_source_handle {
	const struct mdl_source_ops *ops;
	void *ctx;
};

/* Time for waits, in microseconds. */
uint64_t mdl_source_clock_us(void);
/* Sleep until UNTIL (mdl_source_clock_us), a signal, input on FD (-1: none), or the death of the reader of OUT_FD (an
 * error). */
int mdl_source_wait(int out_fd, uint64_t until, int fd, struct mdl_err *err);
/* Take the lines that wait in the run's FIFO (stream/run.h); how many of them say WHAT. *ANY: there was one at all. */
size_t mdl_source_signs(int ack_fd, const char *what, bool *any);

#endif
