/* SPDX-License-Identifier: MIT
 *
 * From expressions to a flat program over the columns of a batch, and its run.
 * Names are resolved, types inferred and coerced by Spark's rules, constants
 * folded, common subexpressions computed once, and what may fail or is costly is
 * computed only for the rows that need it (AND, OR, CASE, IF, COALESCE, guards).
 *
 * Undeclared members have no type before a row is seen. The program is compiled
 * once for each combination of token types that a stream really has, and each
 * batch's rows run through the variant of their types, so every variant is fully
 * typed. Outputs whose type differs from row to row are vectors of type ANY.
 *
 * Use: _new, _add for each expression, _finish; make a struct mdl_scan of _paths;
 * then _run for each batch.
 */
#ifndef MDL_SQL_COMPILE_H
#define MDL_SQL_COMPILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "sql/ast.h"
#include "sql/bind.h"
#include "sql/function.h"
#include "sql/schema.h"
#include "sql/value.h"
#include "json/scan.h"

struct mdl_program;

/* SCHEMA declares columns (NULL: none) and, like SESSION, stays the caller's and must stay valid; session->now_us may
 * change between batches. _inputs gives the types of MDL_E_INPUT expressions, for programs over vectors. */
struct mdl_program *mdl_program_new(const struct mdl_schema *schema, const struct mdl_session *session);
void mdl_program_inputs(struct mdl_program *p, const struct mdl_type *const *types, size_t n);
/* Inputs whose types are those of the vectors of each run. */
void mdl_program_dynamic_inputs(struct mdl_program *p, size_t n);
/* The tables that COLUMN expressions with a relation are of; the list stays the caller's and must stay valid. */
void mdl_program_tables(struct mdl_program *p, const struct mdl_bind_table *tables, size_t n);
void mdl_program_free(struct mdl_program *p);

/* The relation in FROM: its name (its last part) and alias may stand before columns ("t.a"). */
void mdl_program_relation(struct mdl_program *p, struct mdl_slice name, struct mdl_slice alias);

enum mdl_out_flag {
	MDL_OUT_PASS = 1,    /* a bare column is passed on: its vector has json cells and is not converted */
	MDL_OUT_BOOLEAN = 2, /* a predicate: refused unless BOOLEAN (or ANY, which fails row by row) */
	MDL_OUT_QUIET = 4,   /* names alone were wanted: a failing row gives NULL and no entry in fails */
};

enum { MDL_NO_OUTPUT = -1 };

/* Add E (which must stay valid). GUARD is the number of an earlier output, a predicate: E is computed only for rows
 * for which that is TRUE, and elsewhere its vector is undefined; MDL_NO_OUTPUT for none. WHAT ("WHERE", "constraint
 * has_user") begins messages where it helps; may be NULL. Returns the output's number, or -1. */
int mdl_program_add(struct mdl_program *p, struct mdl_expr *e, int guard, unsigned flags, const char *what,
		    struct mdl_err *err);
/* A path of the caller's own ("_corrupt_record"): returns its number among the paths. Before _finish. */
size_t mdl_program_want(struct mdl_program *p, const char *path);
/* Are the undeclared members that P reads among COLUMNS, by their very names? Reserved ones always are. -1 with the
 * place and the nearest names. */
int mdl_program_check_names(const struct mdl_program *p, const struct mdl_schema *columns,
			    struct mdl_err *err);
/* The same of MEMBER, which E names. */
int mdl_program_check_name(const struct mdl_schema *columns, const struct mdl_expr *e,
			   struct mdl_slice member, struct mdl_err *err);
int mdl_program_finish(struct mdl_program *p, struct mdl_err *err);

/* The JSON paths that _run wants, for mdl_scan_new(); valid as long as P, after _finish. */
const char *const *mdl_program_paths(const struct mdl_program *p, size_t *n);
/* The relation of path K: 0 the stream's record, else a table. */
size_t mdl_program_path_relation(const struct mdl_program *p, size_t k);
/* The type of output K; ANY when it depends on undeclared members (a batch's vector may then have any type). */
const struct mdl_type *mdl_program_type(const struct mdl_program *p, int k);
/* Is output K the same for every row? (Then its value is in the first variant's vector.) */
bool mdl_program_is_const(const struct mdl_program *p, int k);

struct mdl_result {
	struct mdl_vec **out; /* [outputs]; index rows with mdl_row() */
	const uint8_t *
		*bad; /* [outputs]: for a bare declared column, 1 for rows whose token does not convert to
				   * its type (the value is NULL then); NULL: no such row */
	struct mdl_fails fails; /* rows for which Spark would fail the query */
};

/* Evaluate over rows SEL[0..N) (NULL: rows 0 to N-1) of a batch of NROWS. COLS[k][row] is path k's cell; INPUTS are the
 * vectors of programs over vectors (else NULL). Everything in RES lives in ARENA, the batch's. Rows that fail are
 * entered in RES and do no harm. -1 only for what no row explains (a variant that cannot be compiled is a row's failure). */
int mdl_program_run(struct mdl_program *p, const struct mdl_json_value *const *cols,
		    struct mdl_vec *const *inputs, const uint32_t *sel, size_t n, size_t nrows,
		    struct mdl_arena *arena, struct mdl_result *res, struct mdl_err *err);

/* Rows of SEL for which the predicate is TRUE and that did not fail, into OUT (room for N); returns their number. */
size_t mdl_program_select(const struct mdl_vec *predicate, const struct mdl_fails *fails, const uint32_t *sel,
			  size_t n, uint32_t *out);
/* Rows of SEL (ascending) for which the predicate is not TRUE, into OUT (room for N); returns their number. Quick where they are few. */
size_t mdl_program_reject(const struct mdl_vec *predicate, const uint32_t *sel, size_t n, uint32_t *out);

/* The value of a constant expression ("10 minutes" in window()); ERR when it is none. *X lives in A. */
int mdl_program_constant(struct mdl_arena *a, struct mdl_expr *e, const struct mdl_session *session,
			 struct mdl_any *x, struct mdl_err *err);

/* The program as text, for --explain: what it has been compiled to for the rows seen, before any for numbers. */
void mdl_program_explain(struct mdl_buf *out, struct mdl_program *p);

#endif
