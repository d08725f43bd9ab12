/* SPDX-License-Identifier: MIT
 *
 * Names before the first record: the begin line tells the columns of the rows where a
 * stage before knows them (validate its declared ones, transform and aggregate what
 * they make), and a filter's SQL that names another one is refused at its place. For
 * names alone; values are typed by their own tokens.
 */
#ifndef MDL_OP_NAME_CHECK_H
#define MDL_OP_NAME_CHECK_H

#include <stddef.h>

#include "base/err.h"
#include "sql/ast.h"
#include "sql/compile.h"
#include "sql/schema.h"
#include "stream/filter.h"

/* The columns that F's begin line tells; NULL when it tells none. The caller frees. */
struct mdl_schema *mdl_name_check_columns(const struct mdl_filter *f);

/* Does the program P (NULL is fine) read members that are none of COLUMNS (NULL: not known)? -1 with the place in ERR. */
int mdl_name_check_program(const struct mdl_schema *columns, const struct mdl_program *p,
			   struct mdl_err *err);
/* The same of the column reference E. */
int mdl_name_check_expr(const struct mdl_schema *columns, const struct mdl_expr *e, struct mdl_err *err);

#endif
