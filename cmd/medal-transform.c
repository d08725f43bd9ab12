/* SPDX-License-Identifier: MIT
 *
 * medal-transform: SELECT ... JOIN ... WHERE, row by row. Here: options, where the SELECT
 * comes from (an argument, or a table's definition), and the wiring to the filter loop.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/log.h"
#include "base/opt.h"
#include "op/transform.h"
#include "sink/side_sink.h"
#include "source/table_rows.h"
#include "sql/parse.h"
#include "stream/filter_cli.h"

static const char *file;
static bool describe, explain;
static struct mdl_opt_list tables, table_schemas;
static struct mdl_filter_cli cli;

static const struct mdl_opt opts[] = {
	{MDL_OPT_HEADING, 0, NULL, NULL, NULL, "What to compute", NULL},
	{MDL_OPT_STRING, 'f', "file", "FILE", &file,
	 "run the SELECT of a definition: FILE.sql or FILE.sql:TABLE", NULL},
	{MDL_OPT_LIST, 0, "table", "NAME=PATH", &tables,
	 "a table to join with: NDJSON, CSV or a table directory; repeatable", NULL},
	{MDL_OPT_LIST, 0, "table-schema", "NAME=DDL|NAME=FILE.sql", &table_schemas,
	 "the columns of a --table; default: as Spark infers them", NULL},
	MDL_OPT_FILTER_SQL(&cli),
	{MDL_OPT_FLAG, 0, "describe", NULL, &describe, "print the output columns as DDL and end", NULL},
	{MDL_OPT_FLAG, 0, "explain", NULL, &explain, "print the steps and the compiled program and end",
	 NULL},
	{MDL_OPT_HEADING, 0, NULL, NULL, NULL, "Rows that fail, and the rest", NULL},
	MDL_OPT_FILTER(&cli),
	{MDL_OPT_END, 0, NULL, NULL, NULL, NULL, NULL},
};

static const struct mdl_command command = {
	.name = "medal-transform",
	.usage = "[OPTION...] 'SELECT ...'\n[OPTION...] -f FILE.sql[:TABLE]",
	.summary = "Compute, choose, rename and filter: SELECT ... JOIN ... WHERE, row by row.",
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

/* --describe, --explain. */
static int print(const struct mdl_transform *t, struct mdl_err *err)
{
	struct mdl_buf text = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	if (explain)
		mdl_transform_explain(&text, t);
	if (describe) {
		mdl_transform_ddl(&text, t);
		mdl_buf_putc(&text, '\n');
	}
	int r = mdl_write_all(1, text.p, text.n) ? mdl_err_sys(err, "writing to standard output") : 0;
	mdl_buf_free(&text);
	return r;
}

/* NAME=VALUE, of option OPTION; the name is put into the arena. */
static int split(struct mdl_arena *a, const char *text, const char *option, const char *form,
		 const char **name, const char **value, struct mdl_err *err)
{
	const char *equals = strchr(text, '=');
	if (!equals || equals == text || !equals[1])
		return mdl_err_set(err, MDL_TROUBLE, "option --%s: '%s' is not of the form %s", option, text,
				   form);
	*name = mdl_arena_strndup(a, text, (size_t)(equals - text));
	*value = equals + 1;
	return 0;
}

static int read_tables(struct query *q, struct mdl_transform_opts *o, struct mdl_err *err)
{
	struct mdl_transform_table *t = mdl_arena_zalloc(&q->arena, (tables.n + 1) * sizeof(*t));
	const char *name, *value;
	for (size_t i = 0; i < tables.n; i++) {
		if (split(&q->arena, tables.v[i], "table", "NAME=PATH", &t[i].name, &t[i].path, err) < 0)
			return -1;
		for (size_t k = 0; k < i; k++)
			if (strcasecmp(t[k].name, t[i].name) == 0)
				return mdl_err_set(err, MDL_TROUBLE, "option --table: '%s' is given twice",
						   t[i].name);
	}
	for (size_t i = 0; i < table_schemas.n; i++) {
		size_t k = 0;
		if (split(&q->arena, table_schemas.v[i], "table-schema", "NAME=DDL", &name, &value, err) < 0)
			return -1;
		while (k < tables.n && strcasecmp(t[k].name, name) != 0)
			k++;
		if (k == tables.n)
			return mdl_err_set(err, MDL_TROUBLE,
					   "option --table-schema: there is no --table %s=PATH", name);
		t[k].schema = value;
	}
	o->tables = t;
	o->ntables = tables.n;
	return 0;
}

static struct mdl_transform *new_transform(struct query *q, struct mdl_err *err)
{
	static const struct mdl_join_source source = {mdl_table_rows_version, mdl_table_rows_read};
	struct mdl_transform_opts o = {
		.select = q->select, .schema = cli.schema, .session = cli.session, .source = &source};
	return read_tables(q, &o, err) < 0 ? NULL : mdl_transform_new(&o, err);
}

static int run(const struct mdl_opt_list *args, struct mdl_err *err)
{
	struct query q = {0};
	struct mdl_transform *t = NULL;
	int status = MDL_TROUBLE;
	mdl_arena_init(&q.arena);
	if (mdl_filter_cli_setup(&cli, err) == 0 && read_query(&q, args, err) == 0)
		t = new_transform(&q, err);
	if (t && (describe || explain)) {
		status = print(t, err) ? (int)err->status : MDL_OK;
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
