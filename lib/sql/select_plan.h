/* SPDX-License-Identifier: MIT
 *
 * A SELECT without GROUP BY, ready for medal-transform: what to filter by and what
 * each output row is made of. "*" stands for the record's own members, in their
 * order, as their own bytes.
 */
#ifndef MDL_SQL_SELECT_PLAN_H
#define MDL_SQL_SELECT_PLAN_H

#include <stdbool.h>
#include <stddef.h>

#include "sql/compile.h"

struct mdl_select_column {
	bool star; /* all members of the record, less EXCEPT */
	struct mdl_slice *except;
	size_t nexcept;
	struct mdl_slice name;      /* the output member's name */
	struct mdl_slice json_name; /* the same as JSON text with quotes and ':' */
	bool generated;             /* the name is Spark's for an expression that has none */
	int output;                 /* of the program */
};

struct mdl_select_plan {
	struct mdl_arena arena;
	struct mdl_program *program; /* finished */
	int where;                   /* output, or MDL_NO_OUTPUT */
	bool pass_all;               /* SELECT *: lines pass as they are */
	struct mdl_select_column *columns;
	size_t ncolumns;
};

/* Joins, DISTINCT and aggregates are refused (with the name of what does them). */
struct mdl_select_plan *mdl_select_plan_new(const struct mdl_select *sel, const struct mdl_schema *schema,
					    const struct mdl_session *session, struct mdl_err *err);
void mdl_select_plan_free(struct mdl_select_plan *p);
/* The name of an item's column: its alias, or Spark's generated name. In A. */
struct mdl_slice mdl_select_plan_name(struct mdl_arena *a, const struct mdl_select_item *it);
/* "NAME": as JSON. In A. */
struct mdl_slice mdl_select_plan_member(struct mdl_arena *a, struct mdl_slice name);
/* The output columns as DDL, for --describe. */
void mdl_select_plan_ddl(struct mdl_buf *out, const struct mdl_select_plan *p,
			 const struct mdl_schema *schema);

#endif
