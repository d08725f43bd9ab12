/* SPDX-License-Identifier: MIT
 *
 * A SELECT without GROUP BY, ready for medal-transform: the steps that change the set
 * of rows, a program for each stretch between them, and what each output row is made
 * of. "*" stands for the record's own members, in their order, as their own bytes.
 */
#ifndef MDL_SQL_SELECT_PLAN_H
#define MDL_SQL_SELECT_PLAN_H

#include <stdbool.h>
#include <stddef.h>

#include "sql/bind.h"
#include "sql/compile.h"

struct mdl_select_column {
	enum mdl_item_kind kind;
	struct mdl_slice *except; /* RECORD, STRUCT */
	size_t nexcept;
	struct mdl_slice name;       /* VALUE: the output member's name */
	struct mdl_slice json_name;  /* the same as JSON text with quotes and ':' */
	const struct mdl_expr *expr; /* VALUE: for messages; bound */
	bool generated;              /* the name is Spark's for an expression that has none */
	int output;                  /* VALUE, STRUCT: of the last part's program */
};

/* Rows on their way to a step, or to the output. */
struct mdl_select_part {
	struct mdl_program *program;  /* finished */
	int where;                    /* its output, or MDL_NO_OUTPUT */
	const struct mdl_step *step;  /* JOIN, GENERATE; NULL in the last part */
	int *args;                    /* JOIN: the left sides of its keys; GENERATE: its arguments; outputs */
	struct mdl_program *residual; /* JOIN: output 0 is the rest of the condition; or NULL */
	struct mdl_program *build;    /* JOIN: the right sides of its keys, over rows of the table */
};

struct mdl_select_plan {
	struct mdl_arena arena;
	struct mdl_select_part *parts; /* the last one makes the columns */
	size_t nparts, ninputs;
	bool pass_all; /* SELECT *: lines pass as they are */
	struct mdl_select_column *columns;
	size_t ncolumns;
	struct mdl_slice *absent; /* members that no record may have: bind.h */
	size_t nabsent;
	struct mdl_expr **exprs; /* what may fail, for messages; bound */
	size_t nexprs;
};

/* DISTINCT and aggregates are refused (with the name of what does them). TABLES stay the caller's and must stay valid. */
struct mdl_select_plan *mdl_select_plan_new(const struct mdl_select *sel, const struct mdl_schema *schema,
					    const struct mdl_bind_table *tables, size_t ntables,
					    const struct mdl_session *session, struct mdl_err *err);
/* The steps of BOUND alone, whose items are another plan's (aggregate_plan.h): the program of the last part takes outputs
 * and is the caller's to finish. BOUND must stay valid. */
struct mdl_select_plan *mdl_select_plan_steps(const struct mdl_bound *bound, const struct mdl_schema *schema,
					      const struct mdl_bind_table *tables, size_t ntables,
					      const struct mdl_session *session, struct mdl_err *err);
void mdl_select_plan_free(struct mdl_select_plan *p);
/* The name of an item's column: its alias, or Spark's generated name. In A. */
struct mdl_slice mdl_select_plan_name(struct mdl_arena *a, const struct mdl_select_item *it);
/* "NAME": as JSON. In A. */
struct mdl_slice mdl_select_plan_member(struct mdl_arena *a, struct mdl_slice name);
/* The output columns as DDL, for --describe. */
void mdl_select_plan_ddl(struct mdl_buf *out, const struct mdl_select_plan *p,
			 const struct mdl_schema *schema);
/* The same with STRING for what is of no known type, so that it is DDL: for the names. */
void mdl_select_plan_names(struct mdl_buf *out, const struct mdl_select_plan *p,
			   const struct mdl_schema *schema);
/* The steps and the programs as text, for --explain. */
void mdl_select_plan_explain(struct mdl_buf *out, const struct mdl_select_plan *p,
			     const struct mdl_bind_table *tables);

#endif
