/* SPDX-License-Identifier: MIT
 *
 * The records of a batch through the steps of a SELECT: joins and generators make
 * frames of rows, which remember the record that each row came of, the row of each
 * table that it met, and what generators gave it. A frame that grows large goes on in
 * pieces; a record's rows are always in one piece, for if one of them fails the record
 * does.
 */
#ifndef MDL_OP_ROW_CHAIN_H
#define MDL_OP_ROW_CHAIN_H

#include <stddef.h>
#include <stdint.h>

#include "op/join_table.h"
#include "sql/select_plan.h"

struct mdl_frame {
	size_t n;
	const uint32_t *base;    /* the record of each row; NULL: row i is record i */
	uint32_t **match;        /* [tables]: the row of each, or MDL_JOIN_NO_ROW; NULL before its join */
	struct mdl_vec **inputs; /* [columns of generators]; NULL before theirs */
};

static inline size_t mdl_frame_record(const struct mdl_frame *f, size_t row)
{
	return f->base ? f->base[row] : row;
}

/* Why a record has no row in the output: the last step that took one away. */
enum mdl_row_lost { MDL_LOST_FILTER, MDL_LOST_JOIN, MDL_LOST_GENERATE, MDL_LOST_KINDS };

/* The records of a batch, and what became of them. */
struct mdl_row_chain_batch {
	const struct mdl_json_value *const *cols; /* by mdl_row_chain_paths */
	const uint32_t *sel;                      /* the records that count */
	size_t n, nrecords;
	struct mdl_arena *arena; /* the batch's */
	/* out, [nrecords]: */
	struct mdl_row_fail **fails; /* of the record, or NULL; what the caller enters counts */
	bool failed;                 /* one of them is not NULL */
	uint8_t *lost;               /* enum mdl_row_lost */
};

/* Rows ROWS (N) of FRAME are the output; RES has the outputs of the last part's program. Valid until it returns. */
typedef int mdl_row_chain_sink(void *ctx, const struct mdl_frame *frame, const uint32_t *rows, size_t n,
			       const struct mdl_result *res, struct mdl_err *err);

struct mdl_row_chain;

/* All must stay valid. TABLES (in the order of relations) are loaded, and here prepared. */
struct mdl_row_chain *mdl_row_chain_new(const struct mdl_select_plan *plan, struct mdl_join_table *tables,
					size_t ntables, const struct mdl_session *session,
					struct mdl_err *err);
void mdl_row_chain_free(struct mdl_row_chain *c);
/* What is wanted of the records. Valid until _free. */
const char *const *mdl_row_chain_paths(const struct mdl_row_chain *c, size_t *n);
int mdl_row_chain_run(struct mdl_row_chain *c, struct mdl_row_chain_batch *b, mdl_row_chain_sink *sink,
		      void *ctx, struct mdl_err *err);

#endif
