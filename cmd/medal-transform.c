/* SPDX-License-Identifier: MIT
 *
 * medal-transform: SELECT ... JOIN ... WHERE, row by row. Here: options, and the wiring to
 * the filter loop.
 */
#include "op/query_cli.h"
#include "op/transform.h"
#include "sink/side_sink.h"
#include "source/table_rows.h"
#include "stream/filter_cli.h"

static struct mdl_query_cli query;
static struct mdl_filter_cli cli;

static const struct mdl_opt opts[] = {
	{MDL_OPT_HEADING, 0, NULL, NULL, NULL, "What to compute", NULL},
	MDL_OPT_QUERY(&query),
	MDL_OPT_FILTER_SQL(&cli),
	MDL_OPT_QUERY_SHOW(&query),
	{MDL_OPT_HEADING, 0, NULL, NULL, NULL, "Rows that fail, and the rest", NULL},
	MDL_OPT_FILTER_THREADS(&cli),
	MDL_OPT_FILTER(&cli),
	{MDL_OPT_END, 0, NULL, NULL, NULL, NULL, NULL},
};

static const struct mdl_command command = {
	.name = "medal-transform",
	.usage = "[OPTION...] 'SELECT ...'\n[OPTION...] -f FILE.sql[:TABLE]",
	.summary = "Compute, choose, rename and filter: SELECT ... JOIN ... WHERE, row by row.",
	.opts = opts,
	.max_args = 1,
	.surplus = MDL_FILTER_SURPLUS,
};

/* --describe, --explain. */
static int print(const struct mdl_transform *t, struct mdl_err *err)
{
	struct mdl_buf text = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	if (query.explain)
		mdl_transform_explain(&text, t);
	if (query.describe) {
		mdl_transform_ddl(&text, t);
		mdl_buf_putc(&text, '\n');
	}
	return mdl_filter_cli_print(&text, err);
}

static int run(const struct mdl_opt_list *args, struct mdl_err *err)
{
	static const struct mdl_join_source source = {mdl_table_rows_version, mdl_table_rows_read};
	struct mdl_transform *t = NULL;
	int status = MDL_TROUBLE;
	if (mdl_filter_cli_setup(&cli, err) == 0 &&
	    mdl_query_cli_read(&query, command.name, args, err) == 0) {
		const struct mdl_transform_opts o = {.select = query.select,
						     .schema = cli.schema,
						     .session = cli.session,
						     .tables = query.specs,
						     .ntables = query.nspecs,
						     .source = &source};
		t = mdl_transform_new(&o, err);
	}
	if (t && (query.describe || query.explain)) {
		status = print(t, err) ? (int)err->status : MDL_OK;
	} else if (t) {
		cli.filter.side_open = mdl_side_sink_open;
		status = mdl_filter_cli_run(&cli, mdl_transform_op(t), err);
	}
	mdl_transform_free(t);
	mdl_query_cli_free(&query);
	return status;
}

int main(int argc, char **argv)
{
	return mdl_filter_cli_main(&command, &cli, argc, argv, run);
}
