/* SPDX-License-Identifier: MIT
 *
 * medal-aggregate: SELECT ... GROUP BY with windows and a watermark. See
 * medal-aggregate(1).
 */
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "op/aggregate.h"
#include "sink/side_sink.h"
#include "sql/parse.h"
#include "stream/filter_cli.h"

static struct mdl_filter_cli cli;
static struct mdl_aggregate_opts agg;
static const char *file;
static bool describe, strict;
static int mode;

static const char *const modes[] = {"append", "update", "complete", NULL};

static const struct mdl_opt opts[] = {
	{MDL_OPT_HEADING, 0, NULL, NULL, NULL, "What to compute:", NULL},
	{MDL_OPT_STRING, 'f', "file", "FILE", &file,
	 "run the SELECT of a definition: FILE.sql or FILE.sql:TABLE", NULL},
	{MDL_OPT_STRING, 0, "watermark", "EXPR DELAY", &agg.watermark,
	 "event time and how late rows may be: 'timestamp_millis(ts) 10 minutes'", NULL},
	{MDL_OPT_CHOICE, 0, "output-mode", "MODE", &mode,
	 "append: closed windows (default); update: changed groups; complete: all groups", modes},
	{MDL_OPT_FLAG, 0, "strict", NULL, &strict, "refuse what Spark's streaming would refuse", NULL},
	{MDL_OPT_FLAG, 0, "describe", NULL, &describe, "print the output columns as DDL and end", NULL},
	MDL_OPT_FILTER_SQL(&cli),
	{MDL_OPT_HEADING, 0, NULL, NULL, NULL, "Where rows go:", NULL},
	{MDL_OPT_STRING, 0, "late", "DIR", &agg.late, "keep late rows there", NULL},
	{MDL_OPT_FLAG, 0, "fresh-state", NULL, &agg.fresh_state,
	 "leave the state of earlier epochs behind, once", NULL},
	MDL_OPT_FILTER(&cli),
	{MDL_OPT_END, 0, NULL, NULL, NULL, NULL, NULL},
};

static const struct mdl_command command = {
	.name = "medal-aggregate",
	.usage = "[OPTION...] 'SELECT ... GROUP BY ...'\n[OPTION...] -f FILE.sql[:TABLE]",
	.summary = "Group records, in windows of event time if wanted, and compute aggregates.",
	.opts = opts,
	.max_args = 1,
};

/* What the parse trees live in. */
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
				   "give either a SELECT or -f FILE.sql; try 'medal-aggregate --help'");
	if (!file) {
		q->source = (struct mdl_source){"SELECT", mdl_slice_of(args->v[0])};
		agg.select_text = args->v[0];
		if (mdl_parse_select(&q->arena, &q->source, &q->select, err))
			return -1;
		agg.select = q->select;
		return 0;
	}
	q->definition = mdl_schema_read(file, err);
	if (!q->definition)
		return -1;
	agg.select = q->definition->st->select;
	agg.select_text = q->definition->source.text.p;
	if (!agg.select)
		return mdl_err_set(err, MDL_TROUBLE, "%s: the definition has no AS SELECT to run", file);
	return 0;
}

static int print_columns(const struct mdl_aggregate *g, struct mdl_err *err)
{
	struct mdl_buf ddl = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	mdl_aggregate_ddl(&ddl, g);
	mdl_buf_putc(&ddl, '\n');
	int r = mdl_write_all(STDOUT_FILENO, ddl.p, ddl.n) ? mdl_err_sys(err, "writing to standard output")
							   : 0;
	mdl_buf_free(&ddl);
	return r;
}

static int start(struct mdl_aggregate *g, struct mdl_err *err)
{
	const char *odd = mdl_aggregate_not_streaming(g);
	if (describe)
		return print_columns(g, err);
	if (odd && strict)
		return mdl_err_set(err, MDL_TROUBLE, "%s", odd);
	if (odd)
		mdl_warning("%s", odd);
	return mdl_filter_cli_run(&cli, mdl_aggregate_op(g), err);
}

static int run(const struct mdl_opt_list *args, struct mdl_err *err)
{
	struct query q = {0};
	struct mdl_aggregate *g = NULL;
	int status = -1;
	mdl_arena_init(&q.arena);
	agg.mode = (enum mdl_output_mode)mode;
	if (!mdl_filter_cli_setup(&cli, err) && !read_query(&q, args, err)) {
		cli.filter.side_open = agg.side_open = mdl_side_sink_open;
		agg.schema = cli.schema;
		agg.session = cli.session;
		g = mdl_aggregate_new(&agg, err);
	}
	if (g) {
		status = start(g, err);
		mdl_aggregate_free(g);
	}
	mdl_schema_free(q.definition);
	mdl_arena_free(&q.arena);
	return status;
}

int main(int argc, char **argv)
{
	return mdl_filter_cli_main(&command, &cli, argc, argv, run);
}
