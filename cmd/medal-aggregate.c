/* SPDX-License-Identifier: MIT
 *
 * medal-aggregate: SELECT ... GROUP BY with windows and a watermark. See
 * medal-aggregate(1).
 */
#include "base/log.h"
#include "op/aggregate.h"
#include "op/query_cli.h"
#include "sink/side_sink.h"
#include "source/table_rows.h"
#include "stream/filter_cli.h"

static struct mdl_query_cli query;
static struct mdl_filter_cli cli;
static struct mdl_aggregate_opts agg;
static bool strict;
static int mode;

static const char *const modes[] = {"append", "update", "complete", NULL};

static const struct mdl_opt opts[] = {
	{MDL_OPT_HEADING, 0, NULL, NULL, NULL, "What to compute:", NULL},
	MDL_OPT_QUERY(&query),
	{MDL_OPT_STRING, 0, "watermark", "EXPR DELAY", &agg.watermark,
	 "event time and how late rows may be: 'timestamp_millis(ts) 10 minutes'", NULL},
	{MDL_OPT_CHOICE, 0, "output-mode", "MODE", &mode,
	 "append: closed windows (default); update: changed groups; complete: all groups", modes},
	{MDL_OPT_FLAG, 0, "strict", NULL, &strict, "refuse what Spark's streaming would refuse", NULL},
	MDL_OPT_FILTER_SQL(&cli),
	MDL_OPT_QUERY_SHOW(&query),
	{MDL_OPT_HEADING, 0, NULL, NULL, NULL, "Where rows go:", NULL},
	{MDL_OPT_STRING, 0, "late", "DIR", &agg.late, "keep late rows there", NULL},
	{MDL_OPT_FLAG, 0, "fresh-state", NULL, &agg.fresh_state,
	 "leave the state of earlier epochs behind, once", NULL},
	MDL_OPT_FILTER_THREADS(&cli),
	MDL_OPT_FILTER(&cli),
	{MDL_OPT_END, 0, NULL, NULL, NULL, NULL, NULL},
};

static const struct mdl_command command = {
	.name = "medal-aggregate",
	.usage = "[OPTION...] 'SELECT ... GROUP BY ...'\n[OPTION...] -f FILE.sql[:TABLE]",
	.summary = "Group records, in windows of event time if wanted, and compute aggregates.",
	.opts = opts,
	.max_args = 1,
	.surplus = MDL_FILTER_SURPLUS,
};

/* --describe, --explain. */
static int print(const struct mdl_aggregate *g, struct mdl_err *err)
{
	struct mdl_buf text = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	if (query.explain)
		mdl_aggregate_explain(&text, g);
	if (query.describe) {
		mdl_aggregate_ddl(&text, g);
		mdl_buf_putc(&text, '\n');
	}
	return mdl_filter_cli_print(&text, err);
}

static int start(struct mdl_aggregate *g, struct mdl_err *err)
{
	const char *odd = mdl_aggregate_not_streaming(g);
	if (query.describe || query.explain)
		return print(g, err);
	if (odd && strict)
		return mdl_err_set(err, MDL_TROUBLE, "%s", odd);
	if (odd)
		mdl_warning("%s", odd);
	return mdl_filter_cli_run(&cli, mdl_aggregate_op(g), err);
}

static int run(const struct mdl_opt_list *args, struct mdl_err *err)
{
	static const struct mdl_join_source source = {mdl_table_rows_version, mdl_table_rows_read};
	struct mdl_aggregate *g = NULL;
	int status = -1;
	agg.mode = (enum mdl_output_mode)mode;
	if (!mdl_filter_cli_setup(&cli, err) && !mdl_query_cli_read(&query, command.name, args, err)) {
		cli.filter.side_open = agg.side_open = mdl_side_sink_open;
		agg.select = query.select;
		agg.select_text = query.text;
		agg.schema = cli.schema;
		agg.session = cli.session;
		agg.tables = query.specs;
		agg.ntables = query.nspecs;
		agg.source = &source;
		g = mdl_aggregate_new(&agg, err);
	}
	if (g) {
		status = start(g, err);
		mdl_aggregate_free(g);
	}
	mdl_query_cli_free(&query);
	return status;
}

int main(int argc, char **argv)
{
	return mdl_filter_cli_main(&command, &cli, argc, argv, run);
}
