/* SPDX-License-Identifier: MIT
 *
 * The loop that every filter runs. A filter is a small operator (struct mdl_op)
 * plugged into it. The loop reads lines in large blocks, hands batches of records
 * to the operator, writes what passes as the original bytes, treats control lines,
 * keeps the books, flushes when input would block, and tells the end of the stream
 * from a death upstream. DESIGN: medal-stream(7).
 */
#ifndef MDL_STREAM_FILTER_H
#define MDL_STREAM_FILTER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/slice.h"
#include "stream/ahead.h"
#include "stream/barrier.h"
#include "stream/batch.h"
#include "stream/ledger.h"
#include "json/scan.h"

struct mdl_filter;

/* What an operator does. Each returns 0, or -1 with ERR filled, which ends the run with that status
 * (downstream hears of it by an abort line). CTX is the operator's own. NULL for what it does not need. */
struct mdl_op {
	const char *name; /* "dedupe": the stage's default name */
	void *ctx;
	bool passes; /* passes rows through: each row in comes out or is counted in a bucket */
	/* Scans each row, and sends it on as it came or made of such: under a checkpoint a sink that wants no values need
	 * not scan it again, for the books prove that it got these bytes. */
	bool scans;
	const struct mdl_scan *const *scan; /* what reads its records, for -v; may be NULL */
	/* What other threads may do of a batch before its turn (for b->ahead), with its ctx; NULL: nothing. */
	const struct mdl_ahead_work *ahead;
	void *ahead_ctx;
	bool sink; /* writes control lines alone: without a checkpoint nobody need read its output */
	/* An epoch begins. f->begin tells which; f->resume is true when the state of f->begin->base must be
	 * loaded from disk (the first epoch that this process sees), false when it is what memory holds. */
	int (*begin)(void *ctx, struct mdl_filter *f, struct mdl_err *err);
	int (*batch)(void *ctx, struct mdl_filter *f, const struct mdl_batch *b, struct mdl_err *err);
	/* All records of the epoch were seen. Emit what the watermark closes, make state and files durable
	 * under hidden names, and enter them in f->books; BAR may get next_watermark_ms and want_no_data. */
	int (*barrier)(void *ctx, struct mdl_filter *f, struct mdl_barrier *bar, struct mdl_err *err);
	/* The end of input without a checkpoint: emit what is open. */
	int (*end)(void *ctx, struct mdl_filter *f, struct mdl_err *err);
	/* MEDAL_DRY_RUN, instead of _begin: check what can be checked (paths, the watermark of the pipeline) and
	 * change nothing. May be NULL. */
	int (*dry)(void *ctx, struct mdl_filter *f, struct mdl_err *err);
	/* Called when input is about to block, without a checkpoint (output is flushed after it). May be NULL. */
	int (*idle)(void *ctx, struct mdl_filter *f, struct mdl_err *err);
	/* The descriptor of mdl_filter_watch has input, seen while waiting for the stream (output is flushed after it). */
	int (*ready)(void *ctx, struct mdl_filter *f, struct mdl_err *err);
};

/* Where rows go that leave the main stream: the quarantine, late rows, duplicates. The implementation is
 * wired in by cmd/ (sink/side_sink.h), for the stream layer knows no tables. */
struct mdl_side {
	void *ctx;
	/* One row, without '\n'. */
	int (*row)(void *ctx, struct mdl_slice line, struct mdl_err *err);
	/* Under a checkpoint: an epoch begins; at its barrier files are made durable and entered in BOOKS. */
	int (*begin)(void *ctx, const struct mdl_begin *b, const char *stage, struct mdl_err *err);
	int (*prepare)(void *ctx, struct mdl_books *books, struct mdl_err *err);
	/* Without a checkpoint: end of input, make the rows visible. */
	int (*finish)(void *ctx, struct mdl_err *err);
	void (*close)(void *ctx);
};

/* Opens a side output in DIR. B is NULL without a checkpoint. */
typedef int mdl_side_open_fn(struct mdl_side *side, const char *dir, const struct mdl_begin *b,
			     const char *stage, struct mdl_err *err);

enum { MDL_DEFAULT_MAX_RECORD = 16 << 20, MDL_FILTER_THREADS = 4 };

/* Settings from the command line. Zero-filled is the default of each. */
struct mdl_filter_opts {
	const char *name;            /* --name; NULL: the operator's */
	const char *branch;          /* --branch: this program is the first of that branch */
	const char *quarantine;      /* --quarantine DIR; NULL: the begin line's, or none */
	mdl_side_open_fn *side_open; /* needed for a quarantine; NULL: the program has none */
	uint64_t max_record_bytes;   /* 0: MDL_DEFAULT_MAX_RECORD */
	uint64_t threads;            /* 0: as many as there are processors, up to MDL_FILTER_THREADS */
	int in_fd, out_fd;           /* as they are: set to 0 and 1 by cmd */
};

struct mdl_out;
struct mdl_lines;

/* Fields that operators may read (and books they may write). */
struct mdl_filter {
	const struct mdl_filter_opts *opts;
	const struct mdl_op *op;
	const char *stage;             /* the name in begin lines and the ledger */
	bool checkpointed;             /* a begin line was seen */
	const struct mdl_begin *begin; /* the epoch's; NULL without a checkpoint */
	bool resume;
	struct mdl_books books;       /* of the epoch; or of the whole input without a checkpoint */
	struct mdl_side *quarantine;  /* NULL when there is none */
	struct mdl_arena epoch_arena; /* reset at the barrier */
	bool enough; /* set by an operator that wants no more of an input without a checkpoint: its end comes now */
	/* the loop's own */
	struct mdl_out *out;
	struct mdl_lines *in;
	struct mdl_side quarantine_side;
	struct mdl_arena batch_arena;
	struct mdl_buf scratch;
	const struct mdl_slice *lines; /* of the batch at hand, with their hashes */
	struct mdl_sum *sums;
	size_t nlines, at;
	struct mdl_begin begin_copy;
	char *stage_name;
	uint64_t line_no; /* lines read so far, of the epoch if there is one */
	int run_fd;
	bool in_epoch, pinged;
};

/* Run OP from opts->in_fd to opts->out_fd. Returns the program's exit status; ERR holds the message when it is
 * not MDL_OK. When the stream ended by an abort from upstream, the status is the aborted program's and the
 * message is empty (the tail prints it, or the program that failed has). */
int mdl_filter_run(const struct mdl_op *op, const struct mdl_filter_opts *opts, struct mdl_err *err);

/* ---- Output, for operators ---- */

/* Pass LINE, a line of the present batch, on as it came. Runs of adjacent lines become one span. */
void mdl_filter_pass(struct mdl_filter *f, struct mdl_slice line);
/* Pass lines FIRST to LAST-1 of the batch on. */
void mdl_filter_pass_range(struct mdl_filter *f, const struct mdl_batch *b, size_t first, size_t last);
/* Compose a new row: append its text (without '\n') to the returned buffer, then call _row_end.
 * Valid until the next call on F. */
struct mdl_buf *mdl_filter_row(struct mdl_filter *f);
void mdl_filter_row_end(struct mdl_filter *f);
/* N composed rows at once, each ended by '\n'. Not under a checkpoint, where each is hashed. */
void mdl_filter_rows(struct mdl_filter *f, struct mdl_slice text, uint64_t n);
/* Write out what is composed so far when there is much (for operators that emit many rows at once). */
int mdl_filter_flush_if_full(struct mdl_filter *f, struct mdl_err *err);
/* Write out all that is composed, before a wait that is not for input. */
int mdl_filter_flush(struct mdl_filter *f, struct mdl_err *err);

/* ---- Waiting, for operators that have more than the stream to wait for ---- */

/* Call op->ready when FD has input while the stream has none; -1 for no longer. */
void mdl_filter_watch(struct mdl_filter *f, int fd);
/* The stage works: under a checkpoint the source hears of it, if it has not lately. Call it at least every 10 s. */
void mdl_filter_alive(struct mdl_filter *f);

/* ---- Buckets, for operators ---- */

/* N rows left the stream into the bucket NAME ("duplicate", "late", "filtered", "dropped:has_user"). */
void mdl_filter_bucket(struct mdl_filter *f, const char *name, uint64_t n);

/* Why a row is quarantined: becomes the row's "_error" member. */
struct mdl_row_error {
	const char *
		reason; /* "CORRUPT_RECORD", "EXPECTATION", "CAST_INVALID_INPUT", ...: Spark's error class where it has one */
	const char *message;       /* one sentence; may be NULL */
	const char *const *failed; /* names of failed constraints or columns; NULL-terminated; may be NULL */
	uint64_t line;             /* number in this program's input, or in FILE; 0 for none */
	const char *file;          /* where a source found it; NULL in other programs */
	const char *topic;         /* ... or this topic of Kafka's, in this partition */
	int32_t partition;
	uint64_t offset; /* of the line's first byte in FILE; of the record in the partition */
	/* An over-long line comes in parts: its number from 1, 0 for whole lines. */
	uint32_t part;
	bool part_last;
};

/* LINE goes to the quarantine in the form of stream/quarantine.h and is counted in bucket "quarantined". RECORD: it is
 * a JSON object. Only when f->quarantine. */
int mdl_filter_quarantine(struct mdl_filter *f, struct mdl_slice line, bool record,
			  const struct mdl_row_error *why, struct mdl_err *err);

/* The common case of a line that the scanner refused, or whose _corrupt_record is a string (RECORD true): to the
 * quarantine; without one an error that names the line and the remedy. Blank lines: bucket "blank". */
int mdl_filter_corrupt(struct mdl_filter *f, struct mdl_slice line, uint64_t line_no, bool record,
		       const char *why, struct mdl_err *err);

#endif
