/* SPDX-License-Identifier: MIT
 *
 * From a SELECT with its subqueries to one straight way: names are resolved as Spark
 * does, WITH and subqueries in FROM are folded into what stands over them, and what
 * changes the set of rows (joins, explode and its kin, filters) becomes a list of steps
 * from the stream to the result. Expressions are copied where a name in them stands for
 * something else: in a bound expression a COLUMN is a member of the stream's record
 * (relation 0) or a column of a table (its number), and an INPUT a column that a
 * generator made.
 */
#ifndef MDL_SQL_BIND_H
#define MDL_SQL_BIND_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "sql/ast.h"
#include "sql/function.h"
#include "sql/schema.h"

/* A table that a query may join with: relation 1 + its place in the list. */
struct mdl_bind_table {
	struct mdl_slice name;           /* as --table gives it */
	const struct mdl_schema *schema; /* NULL: it has no rows, so nothing is known of its columns */
};

enum mdl_step_kind { MDL_STEP_FILTER, MDL_STEP_JOIN, MDL_STEP_GENERATE };

/* LEFT = RIGHT, or <=>: LEFT of what stands before the join, RIGHT of its table alone. */
struct mdl_join_key {
	struct mdl_expr *left, *right;
	bool null_safe;
};

enum mdl_generator {
	MDL_GEN_EXPLODE, /* an element of an array, or a key and a value of a map */
	MDL_GEN_INLINE,  /* the fields of an array's structs */
	MDL_GEN_STACK,
};

struct mdl_step {
	enum mdl_step_kind kind;
	const struct mdl_expr *at; /* for messages; may be NULL */
	struct mdl_expr *filter;   /* FILTER */
	/* JOIN: */
	enum mdl_join_kind join;
	size_t table; /* its relation */
	struct mdl_join_key *keys;
	size_t nkeys;
	struct mdl_expr *residual; /* what else must be TRUE, or NULL */
	/* GENERATE: */
	enum mdl_generator generator;
	bool outer;
	bool position; /* the first column is the place, from 0 */
	struct mdl_expr **args;
	size_t nargs;
	size_t input, ncolumns; /* the columns are INPUTs from this on */
};

enum mdl_item_kind {
	MDL_ITEM_VALUE,
	MDL_ITEM_RECORD, /* all members of the record, less EXCEPT */
	MDL_ITEM_STRUCT, /* all members of an undeclared object */
};

struct mdl_bound_item {
	enum mdl_item_kind kind;
	struct mdl_expr *expr; /* VALUE, STRUCT */
	struct mdl_slice name; /* VALUE */
	bool generated;        /* the name is Spark's for an expression that has none */
	bool shown;            /* VALUE: a '*' stands for it */
	struct mdl_slice *except;
	size_t nexcept;
};

struct mdl_bound {
	const struct mdl_select
		*stream; /* the query, this or one in it, whose FROM is the stream: its WATERMARK counts */
	struct mdl_step *steps;
	size_t nsteps;
	struct mdl_bound_item *items;
	size_t nitems;
	size_t ninputs; /* columns of all generators */
	/* Members that a record may not have, for a column of a table or generator goes by that name alone. */
	struct mdl_slice *absent;
	size_t nabsent;
};

/* Bind SEL in A, which its trees may go on living in, too. SCHEMA (NULL: none) is the stream's. What is not carried out is
 * refused by name. */
int mdl_bind(struct mdl_arena *a, const struct mdl_select *sel, const struct mdl_schema *schema,
	     const struct mdl_bind_table *tables, size_t ntables, const struct mdl_session *session,
	     struct mdl_bound *out, struct mdl_err *err);

/* DESIGN's reserved members, which every record may have: _metadata, _rescued_data, _corrupt_record, _error. */
bool mdl_bind_reserved(struct mdl_slice name);

#endif
