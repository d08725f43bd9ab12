/* SPDX-License-Identifier: MIT
 *
 * What medal-transform and medal-aggregate have in common on the command line: where the
 * SELECT comes from (an argument, or a table's definition), and the tables that it joins
 * with.
 */
#ifndef MDL_OP_QUERY_CLI_H
#define MDL_OP_QUERY_CLI_H

#include "base/arena.h"
#include "base/opt.h"
#include "op/join_set.h"
#include "sql/ast.h"
#include "sql/schema.h"

struct mdl_query_cli {
	const char *file;
	struct mdl_opt_list tables, table_schemas;
	bool describe, explain;
	/* what _read made of them: */
	struct mdl_arena arena;
	struct mdl_source source;
	struct mdl_schema *definition; /* NULL without -f */
	struct mdl_select *select;
	const char *text; /* of the SELECT, or of the file that has it */
	struct mdl_join_spec *specs;
	size_t nspecs;
};

/* clang-format off */
#define MDL_OPT_QUERY(q)                                                                            \
	{MDL_OPT_STRING, 'f', "file", "FILE", &(q)->file,                                           \
	 "run the SELECT of a definition: FILE.sql or FILE.sql:TABLE", NULL},                       \
	{MDL_OPT_LIST, 0, "table", "NAME=PATH", &(q)->tables,                                       \
	 "a table to join with: NDJSON, CSV or a table directory; repeatable", NULL},               \
	{MDL_OPT_LIST, 0, "table-schema", "NAME=DDL|NAME=FILE.sql", &(q)->table_schemas,            \
	 "the columns of a --table; default: as Spark infers them", NULL}

#define MDL_OPT_QUERY_SHOW(q)                                                                       \
	{MDL_OPT_FLAG, 0, "describe", NULL, &(q)->describe,                                         \
	 "print the output columns as DDL and end", NULL},                                          \
	{MDL_OPT_FLAG, 0, "explain", NULL, &(q)->explain,                                           \
	 "print the steps and the compiled program and end", NULL}
/* clang-format on */

/* PROGRAM is its name, for messages. _free is due after an error, too. */
int mdl_query_cli_read(struct mdl_query_cli *q, const char *program, const struct mdl_opt_list *args,
		       struct mdl_err *err);
void mdl_query_cli_free(struct mdl_query_cli *q);

#endif
