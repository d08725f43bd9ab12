/* SPDX-License-Identifier: MIT
 *
 * Control lines: begin, barrier, abort and end, as they travel in band under a
 * checkpoint. The text form is described in medal-stream(7): compact ASCII that
 * begins with exactly {"_medal":" and holds every 64- or 128-bit number as a string.
 */
#ifndef MDL_STREAM_BARRIER_H
#define MDL_STREAM_BARRIER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/slice.h"
#include "stream/ledger.h"

enum { MDL_RUN_ID = 32 }; /* hex digits of a run id */

/* Milliseconds since 1970. A watermark of zero is "none yet", as in Spark. */
#define MDL_WATERMARK_NONE INT64_C(0)
/* The greatest watermark, of --final: the last millisecond of a 64-bit microsecond clock. */
#define MDL_WATERMARK_FINAL (INT64_MAX / 1000)

/* The start of an epoch. Strings are owned; NULL is absent. */
struct mdl_begin {
	char run[MDL_RUN_ID + 1];
	uint64_t epoch;
	int64_t base; /* the epoch whose state counts, -1 for none */
	char base_run[MDL_RUN_ID + 1];
	char *checkpoint; /* absolute path */
	char *checkpoint_id;
	int64_t batch_timestamp_ms;
	int64_t late_watermark_ms;
	char *columns;    /* DDL of the rows, for name checks only */
	char *quarantine; /* absolute path */
	char *watermark;  /* the watermark's text, from the stage that defines it on */
	char **stages;    /* names so far */
	size_t nstages;
	char **branches; /* that the source declared */
	size_t nbranches;
	bool dry_run; /* MEDAL_DRY_RUN: a stream without records that is to be checked and not carried out */
	char *branch; /* the one that this stream is, from its first program on */
	bool scanned; /* by the stage that sends it, each row: see struct mdl_op in stream/filter.h */
};

/* The end of an epoch. */
struct mdl_barrier {
	char run[MDL_RUN_ID + 1];
	uint64_t epoch;
	int64_t watermark_ms;
	bool has_next_watermark;
	int64_t next_watermark_ms;
	bool want_no_data;
	bool final;
	struct mdl_books *stages; /* in flow order */
	size_t nstages;
};

enum mdl_control_kind { MDL_CONTROL_BEGIN, MDL_CONTROL_BARRIER, MDL_CONTROL_ABORT, MDL_CONTROL_END };

/* Any control line, parsed. */
struct mdl_control {
	enum mdl_control_kind kind;
	struct mdl_begin begin;
	struct mdl_barrier barrier;
	char run[MDL_RUN_ID + 1]; /* of every kind; "" in an abort before the first begin */
	char *stage, *message;    /* abort */
	int status;               /* abort */
	int signal;               /* end: 0 or the signal that stopped the source */
};

/* Does LINE have the form of a control line? The cheap test on the hot path. */
static inline bool mdl_control_is(struct mdl_slice line)
{
	return line.n > 11 && memcmp(line.p, "{\"_medal\":\"", 11) == 0;
}

int mdl_control_parse(struct mdl_slice line, struct mdl_control *c, struct mdl_err *err);
void mdl_control_free(struct mdl_control *c);

/* Each appends one line with its '\n'. */
void mdl_begin_format(struct mdl_buf *out, const struct mdl_begin *b);
void mdl_barrier_format(struct mdl_buf *out, const struct mdl_barrier *b);
void mdl_abort_format(struct mdl_buf *out, const char *run, const char *stage, int status,
		      const char *message);
void mdl_end_format(struct mdl_buf *out, const char *run, int signal);

/* Append a copy of NAME to the begin's stages. */
void mdl_begin_add_stage(struct mdl_begin *b, const char *name);
/* --branch NAME (NULL: not given) of the program that got B: it must be one that the source declared, and the
 * stream no other one already. */
int mdl_begin_take_branch(struct mdl_begin *b, const char *name, struct mdl_err *err);
/* Move BOOKS (its content, which becomes empty) to the end of the barrier's list. */
void mdl_barrier_add_books(struct mdl_barrier *b, struct mdl_books *books);
void mdl_begin_free(struct mdl_begin *b);
void mdl_barrier_free(struct mdl_barrier *b);

#endif
