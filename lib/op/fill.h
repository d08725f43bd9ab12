/* SPDX-License-Identifier: MIT
 *
 * Columns whose values the table gives.
 *   DEFAULT expr                where a record lacks the member, as in Spark's JSON reader: a NULL
 *                               that is there stays;
 *   GENERATED ALWAYS AS (expr)  where a record lacks it; one that is there must be equal (<=>),
 *                               or the row fails, as in Delta.
 * The values stand among the batch's cells, so that NOT NULL and expectations see them, and
 * as members that the caller appends to the row.
 */
#ifndef MDL_OP_FILL_H
#define MDL_OP_FILL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "sql/compile.h"
#include "json/scan.h"

/* A row's first generated column that is wrong; WHY is NULL where none is. */
struct mdl_fill_fail {
	const struct mdl_row_fail *why;
	struct mdl_slice column;
};

struct mdl_fill;

/* *FILL is NULL when SCHEMA has no such column. What Delta or Spark refuse is refused with the place in the definition:
 * an expression of another type, a DEFAULT with columns, a generated column in another's expression. WANT asks the caller's
 * program for a path. SCHEMA and SESSION stay the caller's. */
int mdl_fill_new(struct mdl_fill **fill, const struct mdl_schema *schema, const struct mdl_session *session,
		 struct mdl_program *want, struct mdl_err *err);
void mdl_fill_free(struct mdl_fill *x);

/* Fill the cells of rows SEL of a batch of NROWS. COLS are those of the program that was given to _new. *FAILS ([NROWS], in
 * ARENA) is NULL when no row fails. Returns the number of rows that got a member, -1 on error. */
int64_t mdl_fill_rows(struct mdl_fill *x, struct mdl_json_value *const *cols, const uint32_t *sel, size_t n,
		      size_t nrows, struct mdl_arena *arena, struct mdl_fill_fail **fails,
		      struct mdl_err *err);
/* Did row ROW of that batch get a member? */
bool mdl_fill_is(const struct mdl_fill *x, size_t row);
/* Append the members that row ROW got: "b":"z","c":1. */
void mdl_fill_members(const struct mdl_fill *x, size_t row, struct mdl_buf *out);

#endif
