/* SPDX-License-Identifier: MIT
 *
 * medal-transform: SELECT ... WHERE, row by row. Here: options, where the SELECT
 * comes from (an argument, or a table's definition), and the wiring to the filter loop.
 */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/log.h"
#include "base/opt.h"
#include "op/transform.h"
#include "sink/side_sink.h"
#include "sql/parse.h"
#include "stream/filter_cli.h"

static const char *file;
static bool describe;
static struct mdl_filter_cli cli;

static const struct mdl_opt opts[] = {
	{MDL_OPT_HEADING, 0, NULL, NULL, NULL, "What to compute", NULL},
	{MDL_OPT_STRING, 'f', "file", "FILE", &file,
	 "run the SELECT of a definition: FILE.sql or FILE.sql:TABLE", NULL},
	MDL_OPT_FILTER_SQL(&cli),
	{MDL_OPT_FLAG, 0, "describe", NULL, &describe, "print the output columns as DDL and end", NULL},
	{MDL_OPT_HEADING, 0, NULL, NULL, NULL, "Rows that fail, and the rest", NULL},
	MDL_OPT_FILTER(&cli),
	{MDL_OPT_END, 0, NULL, NULL, NULL, NULL, NULL},
};

static const struct mdl_command command = {
	.name = "medal-transform",
	.usage = "[OPTION...] 'SELECT ...'\n[OPTION...] -f FILE.sql[:TABLE]",
	.summary = "Compute, choose, rename and filter: SELECT ... WHERE, row by row.",
	.opts = opts,
	.max_args = 1,
};

/* Where the SELECT and what it lives in come from. */
struct query {
	struct mdl_arena arena;
	struct mdl_source source;
	struct mdl_schema *definition;
	struct mdl_select *select;
};

static int read_query(struct query *q, const struct mdl_opt_list *args, struct mdl_err *err)
{
	if ((args->n > 0) == (file != NULL))
		return mdl_err_set(err, MDL_TROUBLE,
				   "give either a SELECT or -f FILE.sql; try 'medal-transform --help'");
	if (!file) {
		q->source = (struct mdl_source){"SELECT", mdl_slice_of(args->v[0])};
		return mdl_parse_select(&q->arena, &q->source, &q->select, err);
	}
	q->definition = mdl_schema_read(file, err);
	if (!q->definition)
		return -1;
	q->select = q->definition->st->select;
	if (!q->select)
		return mdl_err_set(err, MDL_TROUBLE, "%s: the definition has no AS SELECT to run", file);
	return 0;
}

static int print_columns(const struct mdl_transform *t, struct mdl_err *err)
{
	struct mdl_buf ddl = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	mdl_transform_ddl(&ddl, t);
	mdl_buf_putc(&ddl, '\n');
	int r = mdl_write_all(1, ddl.p, ddl.n) ? mdl_err_sys(err, "writing to standard output") : 0;
	mdl_buf_free(&ddl);
	return r;
}

static int run(const struct mdl_opt_list *args, struct mdl_err *err)
{
	struct query q = {0};
	struct mdl_transform *t = NULL;
	int status = MDL_TROUBLE;
	mdl_arena_init(&q.arena);
	if (mdl_filter_cli_setup(&cli, err) == 0 && read_query(&q, args, err) == 0)
		t = mdl_transform_new(q.select, cli.schema, &cli.session, err);
	if (t && describe) {
		status = print_columns(t, err) ? (int)err->status : MDL_OK;
	} else if (t) {
		cli.filter.side_open = mdl_side_sink_open;
		status = mdl_filter_cli_run(&cli, mdl_transform_op(t), err);
	}
	mdl_transform_free(t);
	mdl_schema_free(q.definition);
	mdl_arena_free(&q.arena);
	return status;
}

int main(int argc, char **argv)
{
	return mdl_filter_cli_main(&command, &cli, argc, argv, run);
}
