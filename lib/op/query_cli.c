/* SPDX-License-Identifier: MIT
 *
 * The SELECT and the tables of a command line: see query_cli.h.
 */
#include "op/query_cli.h"

#include <string.h>
#include <strings.h>

#include "sql/parse.h"

static int read_select(struct mdl_query_cli *q, const char *program, const struct mdl_opt_list *args,
		       struct mdl_err *err)
{
	if ((args->n > 0) == (q->file != NULL))
		return mdl_err_set(err, MDL_TROUBLE, "give either a SELECT or -f FILE.sql; try '%s --help'",
				   program);
	if (!q->file) {
		q->source = (struct mdl_source){"SELECT", mdl_slice_of(args->v[0])};
		q->text = args->v[0];
		return mdl_parse_select(&q->arena, &q->source, &q->select, err);
	}
	q->definition = mdl_schema_read(q->file, err);
	if (!q->definition)
		return -1;
	q->select = q->definition->st->select;
	q->text = q->definition->source.text.p;
	if (!q->select)
		return mdl_err_set(err, MDL_TROUBLE, "%s: the definition has no AS SELECT to run", q->file);
	return 0;
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

static int read_tables(struct mdl_query_cli *q, struct mdl_err *err)
{
	struct mdl_join_spec *t = mdl_arena_zalloc(&q->arena, (q->tables.n + 1) * sizeof(*t));
	const char *name, *value;
	for (size_t i = 0; i < q->tables.n; i++) {
		if (split(&q->arena, q->tables.v[i], "table", "NAME=PATH", &t[i].name, &t[i].path, err) < 0)
			return -1;
		for (size_t k = 0; k < i; k++)
			if (strcasecmp(t[k].name, t[i].name) == 0)
				return mdl_err_set(err, MDL_TROUBLE, "option --table: '%s' is given twice",
						   t[i].name);
	}
	for (size_t i = 0; i < q->table_schemas.n; i++) {
		size_t k = 0;
		if (split(&q->arena, q->table_schemas.v[i], "table-schema", "NAME=DDL", &name, &value, err) <
		    0)
			return -1;
		while (k < q->tables.n && strcasecmp(t[k].name, name) != 0)
			k++;
		if (k == q->tables.n)
			return mdl_err_set(err, MDL_TROUBLE,
					   "option --table-schema: there is no --table %s=PATH", name);
		t[k].schema = value;
	}
	q->specs = t;
	q->nspecs = q->tables.n;
	return 0;
}

int mdl_query_cli_read(struct mdl_query_cli *q, const char *program, const struct mdl_opt_list *args,
		       struct mdl_err *err)
{
	mdl_arena_init(&q->arena);
	return read_select(q, program, args, err) || read_tables(q, err) ? -1 : 0;
}

void mdl_query_cli_free(struct mdl_query_cli *q)
{
	mdl_schema_free(q->definition);
	mdl_arena_free(&q->arena);
}
