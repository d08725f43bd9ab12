/* SPDX-License-Identifier: MIT
 *
 * The columns of a table that declares none, as Auto Loader has them: inferred from the
 * first records, kept in a schema log (state/schema_log.h), and grown when records bring new
 * members. Here is what is known and what is stored; what becomes of rows is op/validate.h's.
 *
 * The first records are held back until enough were seen to infer from. An entry is stored
 * before the first row goes out that was checked against it, so a run that was killed in
 * between begins again with the same columns or with none.
 */
#ifndef MDL_OP_EVOLVE_H
#define MDL_OP_EVOLVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "sql/schema_infer.h"
#include "stream/filter.h"

enum { MDL_EVOLVE_SAMPLE = 1000, MDL_EVOLVE_SAMPLE_BYTES = 64 << 20 };

struct mdl_evolve_opts {
	struct mdl_schema *schema; /* the caller's: gets the columns */
	const char *location;      /* the folder of _schemas; NULL: the checkpoint */
	const char *hints;         /* DDL, or NULL */
	uint64_t sample;           /* records to infer from; 0: MDL_EVOLVE_SAMPLE */
};

/* Lines that came together. */
struct mdl_evolve_chunk {
	uint64_t first_line;
	size_t at, n; /* lines */
};

struct mdl_evolve {
	struct mdl_evolve_opts o;
	bool known;    /* the columns are */
	bool new_ones; /* a record has brought new members: the rest of the epoch is looked at for more */
	struct mdl_buf name; /* scratch */
	/* the module's own */
	struct mdl_arena arena;
	struct mdl_schema_hint *hints;
	size_t nhints;
	const struct mdl_type *columns; /* STRUCT */
	struct mdl_schema_infer infer;
	char *location;
	int64_t version;
	struct mdl_buf held; /* the lines, each with its '\n' */
	size_t *ends;        /* of the lines in HELD */
	size_t nheld, cap;
	struct mdl_evolve_chunk *chunks;
	size_t nchunks, cap_chunks;
};

int mdl_evolve_init(struct mdl_evolve *e, const struct mdl_evolve_opts *o, struct mdl_err *err);
void mdl_evolve_free(struct mdl_evolve *e);

/* Look for stored columns: below the option's folder, else below CHECKPOINT (NULL: there is none, which is refused). They
 * are then the schema's. */
int mdl_evolve_open(struct mdl_evolve *e, const char *checkpoint, struct mdl_err *err);

/* Infer from the good records SEL of B. */
void mdl_evolve_see(struct mdl_evolve *e, const struct mdl_batch *b, const uint32_t *sel, size_t n);
/* Keep B's lines for later. */
void mdl_evolve_hold(struct mdl_evolve *e, const struct mdl_batch *b);
/* Enough was seen to infer from. */
bool mdl_evolve_enough(const struct mdl_evolve *e);
/* Store what was seen, grown from what was known; the columns are the schema's from now on. ADDED, if not NULL, gets the
 * names of those that came, as DDL. */
int mdl_evolve_store(struct mdl_evolve *e, struct mdl_buf *added, struct mdl_err *err);
/* The same without storing: the schema gets the columns that _store would give it. */
void mdl_evolve_preview(struct mdl_evolve *e);
/* Hand the lines that were held to ROWS, in the batches in which they came, and forget them. */
int mdl_evolve_release(struct mdl_evolve *e, struct mdl_arena *arena,
		       int (*rows)(void *ctx, const struct mdl_batch *b, struct mdl_err *err), void *ctx,
		       struct mdl_err *err);

/* Does LINE, a good record, have a member that is no column? One that differs from a column in case alone is none. */
bool mdl_evolve_is_new(struct mdl_evolve *e, struct mdl_slice line);
/* The end of the run, for the new members that were found: they are stored, and ERR tells of them and of the restart that
 * takes them up. Returns -1. */
int mdl_evolve_stop(struct mdl_evolve *e, struct mdl_err *err);

#endif
