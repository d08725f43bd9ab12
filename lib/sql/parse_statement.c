/* SPDX-License-Identifier: MIT
 *
 * The statements of Databricks pipelines that define a table: CREATE [OR REFRESH]
 * STREAMING TABLE, MATERIALIZED VIEW, VIEW and plain TABLE, with the older LIVE
 * spellings. Clauses that say how Databricks keeps the table (USING, LOCATION, TBLPROPERTIES,
 * SCHEDULE, TRIGGER, keys, which it does not enforce) are read and kept or passed over, for
 * they change no row; what would change rows and is not carried out is refused by name.
 */
#include <stdlib.h>
#include <string.h>

#include "sql/parse.h"
#include "sql/parser.h"

static void *grow(struct mdl_parser *p, void *v, size_t n, size_t size)
{
	if (n & (n - 1) || (n && n < 4)) /* full at 0, 4, 8, 16 ... */
		return v;
	char *more = mdl_arena_zalloc(p->a, (n ? n * 2 : 4) * size);
	if (n)
		memcpy(more, v, n * size);
	return more;
}

int mdl_parser_constraint(struct mdl_parser *p, struct mdl_ast_constraint *c)
{
	*c = (struct mdl_ast_constraint){.pos = mdl_parser_peek(p, 0)->pos};
	if (mdl_parser_name(p, &c->name) < 0)
		return -1;
	if (mdl_parser_is(p, 0, "CHECK") || mdl_parser_is(p, 0, "UNIQUE"))
		return mdl_parser_refuse(p, mdl_parser_peek(p, 0)->pos,
					 "UNIQUE and CHECK constraints (use EXPECT)");
	if (mdl_parser_need(p, "EXPECT") < 0 || mdl_parser_need_op(p, '(') < 0 ||
	    !(c->expr = mdl_parser_expr(p)) || mdl_parser_need_op(p, ')') < 0)
		return -1;
	if (!mdl_parser_take(p, "ON VIOLATION"))
		return 0;
	if (mdl_parser_take(p, "DROP ROW"))
		c->on_violation = MDL_ON_DROP;
	else if (mdl_parser_take(p, "FAIL UPDATE"))
		c->on_violation = MDL_ON_FAIL;
	else
		return mdl_parser_syntax(p, ": expected DROP ROW or FAIL UPDATE");
	return 0;
}

/* Is a key constraint here, with or without a name before it? */
static bool at_key(const struct mdl_parser *p)
{
	size_t k = mdl_parser_is(p, 0, "CONSTRAINT") ? 2 : 0;
	if (k == 0 && mdl_parser_is(p, 0, "REFERENCES"))
		return true;
	return (mdl_parser_is(p, k, "PRIMARY") || mdl_parser_is(p, k, "FOREIGN")) &&
	       mdl_parser_is(p, k + 1, "KEY");
}

/* [CONSTRAINT name] PRIMARY KEY [(a, b)] | [FOREIGN KEY [(a, b)]] REFERENCES t [(a, b)], and what may follow. Databricks does
 * not enforce keys: they tell of the table and change no row. *PRIMARY tells which; its columns are in NAMES. */
static int key_constraint(struct mdl_parser *p, bool *primary, struct mdl_slice **names, size_t *n)
{
	static const char *const options[] = {
		"NOT ENFORCED", "ENFORCED", "DEFERRABLE",          "INITIALLY DEFERRED",
		"NORELY",       "RELY",     "ON UPDATE NO ACTION", "ON DELETE NO ACTION",
		"MATCH FULL"};
	enum { OPTIONS = sizeof(options) / sizeof(*options) };
	struct mdl_slice ignored, *ignored_names;
	size_t k, ignored_n;
	*names = NULL;
	*n = 0;
	if (mdl_parser_take(p, "CONSTRAINT") && mdl_parser_name(p, &ignored) < 0)
		return -1;
	*primary = mdl_parser_take(p, "PRIMARY KEY");
	if (!*primary)
		mdl_parser_take(p, "FOREIGN KEY");
	if (mdl_parser_is_op(p, 0, '(') && mdl_parser_name_list(p, names, n) < 0)
		return -1;
	if (!*primary) {
		if (mdl_parser_need(p, "REFERENCES") < 0 || mdl_parser_dotted(p, &ignored) < 0)
			return -1;
		if (mdl_parser_is_op(p, 0, '(') && mdl_parser_name_list(p, &ignored_names, &ignored_n) < 0)
			return -1;
	}
	do
		for (k = 0; k < OPTIONS && !mdl_parser_take(p, options[k]); k++)
			;
	while (k < OPTIONS);
	return 0;
}

/* Of the table: the columns of a primary key are NOT NULL. */
static int table_key(struct mdl_parser *p, struct mdl_statement *st)
{
	struct mdl_slice *names;
	size_t n;
	bool primary;
	if (key_constraint(p, &primary, &names, &n) < 0)
		return -1;
	for (size_t i = 0; i < st->ncolumns && primary; i++)
		for (size_t k = 0; k < n; k++)
			if (mdl_slice_eq_nocase(st->columns[i].name, names[k]))
				st->columns[i].not_null = true;
	return 0;
}

static int column_property(struct mdl_parser *p, struct mdl_ast_column *c)
{
	const struct mdl_token *t = mdl_parser_peek(p, 0);
	struct mdl_slice *names;
	size_t n;
	bool primary;
	if (mdl_parser_take(p, "NOT NULL")) {
		c->not_null = true;
	} else if (mdl_parser_take(p, "NOT")) {
		return mdl_parser_syntax(p, ": expected NULL behind NOT");
	} else if (mdl_parser_take(p, "NULL")) {
		/* the default */
	} else if (mdl_parser_take(p, "DEFAULT")) {
		if (!(c->default_expr = mdl_parser_expr(p)))
			return -1;
	} else if (mdl_parser_take(p, "COMMENT")) {
		if (mdl_parser_peek(p, 0)->kind != MDL_TK_STRING)
			return mdl_parser_syntax(p, ": expected a string");
		c->comment = mdl_parser_peek(p, 0)->text;
		p->at++;
	} else if (mdl_parser_is(p, 0, "GENERATED")) {
		if (!mdl_parser_take(p, "GENERATED ALWAYS AS") || mdl_parser_is(p, 0, "IDENTITY"))
			return mdl_parser_refuse(p, t->pos, "IDENTITY columns");
		if (mdl_parser_need_op(p, '(') < 0 || !(c->generated_expr = mdl_parser_expr(p)) ||
		    mdl_parser_need_op(p, ')') < 0)
			return -1;
	} else if (mdl_parser_is(p, 0, "MASK")) {
		return mdl_parser_refuse(p, t->pos, "column masks (MASK)");
	} else if (at_key(p)) {
		if (key_constraint(p, &primary, &names, &n) < 0)
			return -1;
		c->not_null = c->not_null || primary;
	} else {
		return 0;
	}
	return 1;
}

static int column_definition(struct mdl_parser *p, struct mdl_statement *st)
{
	st->columns = grow(p, st->columns, st->ncolumns, sizeof(*st->columns));
	struct mdl_ast_column *c = &st->columns[st->ncolumns];
	*c = (struct mdl_ast_column){.pos = mdl_parser_peek(p, 0)->pos};
	if (mdl_parser_name(p, &c->name) < 0)
		return -1;
	mdl_parser_take_op(p, ':');
	/* views and materialized views may name columns alone */
	bool untyped = st->kind != MDL_ST_STREAMING_TABLE && st->kind != MDL_ST_TABLE &&
		       (mdl_parser_is(p, 0, "COMMENT") || mdl_parser_is_op(p, 0, ',') ||
			mdl_parser_is_op(p, 0, ')'));
	c->type = untyped ? &mdl_type_any : mdl_parser_type(p);
	if (!c->type)
		return -1;
	if (c->type->kind == MDL_T_INTERVAL)
		return mdl_parse_error_at(
			p->src, c->pos, p->err,
			"[_LEGACY_ERROR_TEMP_1183] Cannot use \"INTERVAL\" type in the table schema");
	int rc;
	while ((rc = column_property(p, c)) > 0)
		;
	for (size_t i = 0; i < st->ncolumns; i++)
		if (mdl_slice_eq_nocase(st->columns[i].name, c->name))
			return mdl_parse_error_at(
				p->src, c->pos, p->err,
				"[COLUMN_ALREADY_EXISTS] The column `%.*s` already exists: names that "
				"differ in case alone are one",
				(int)c->name.n, c->name.p);
	st->ncolumns++;
	return rc;
}

int mdl_parser_columns(struct mdl_parser *p, struct mdl_statement *st)
{
	do {
		if (at_key(p)) {
			if (table_key(p, st) < 0)
				return -1;
		} else if (mdl_parser_is(p, 0, "CONSTRAINT") &&
			   (mdl_parser_is(p, 2, "EXPECT") || mdl_parser_is(p, 2, "CHECK") ||
			    mdl_parser_is(p, 2, "UNIQUE"))) {
			p->at++;
			st->constraints =
				grow(p, st->constraints, st->nconstraints, sizeof(*st->constraints));
			struct mdl_ast_constraint *c = &st->constraints[st->nconstraints];
			if (mdl_parser_constraint(p, c) < 0)
				return -1;
			for (size_t i = 0; i < st->nconstraints; i++)
				if (mdl_slice_eq(st->constraints[i].name, c->name))
					return mdl_parse_error_at(
						p->src, c->pos, p->err,
						"[CONSTRAINT_ALREADY_EXISTS] The constraint `%.*s` is "
						"named twice",
						(int)c->name.n, c->name.p);
			st->nconstraints++;
		} else if (mdl_parser_is(p, 0, "WATERMARK") && mdl_parser_peek(p, 1)->kind != MDL_TK_NAME) {
			return mdl_parser_syntax(p, "");
		} else if (column_definition(p, st) < 0) {
			return -1;
		}
		/* "..., CONSTRAINT" and "... CONSTRAINT" are both written. */
	} while (mdl_parser_take_op(p, ',') ||
		 (mdl_parser_is(p, 0, "CONSTRAINT") && mdl_parser_is(p, 2, "EXPECT")));
	return 0;
}

static int hint(struct mdl_parser *p, struct mdl_schema_hint *h)
{
	do {
		h->parts = grow(p, h->parts, h->nparts, sizeof(*h->parts));
		if (mdl_parser_name(p, &h->parts[h->nparts++]) < 0)
			return -1;
	} while (mdl_parser_take_op(p, '.'));
	mdl_parser_take_op(p, ':');
	return (h->type = mdl_parser_type(p)) ? 0 : -1;
}

int mdl_parse_hints(struct mdl_arena *a, const struct mdl_source *src, struct mdl_schema_hint **hints,
		    size_t *n, struct mdl_err *err)
{
	struct mdl_parser p;
	*hints = NULL;
	*n = 0;
	if (mdl_parser_init(&p, a, src, err) < 0)
		return -1;
	do {
		*hints = grow(&p, *hints, *n, sizeof(**hints));
		if (hint(&p, &(*hints)[(*n)++]) < 0)
			return -1;
	} while (mdl_parser_take_op(&p, ','));
	return mdl_parser_end(&p);
}

static int string_into(struct mdl_parser *p, struct mdl_slice *s)
{
	if (mdl_parser_peek(p, 0)->kind != MDL_TK_STRING)
		return mdl_parser_syntax(p, ": expected a string");
	*s = mdl_parser_peek(p, 0)->text;
	p->at++;
	return 0;
}

/* ('key' = 'value', a.b = true, ...) */
static int properties(struct mdl_parser *p, struct mdl_statement *st)
{
	if (mdl_parser_need_op(p, '(') < 0)
		return -1;
	do {
		st->properties = grow(p, st->properties, st->nproperties, sizeof(*st->properties));
		struct mdl_ast_property *x = &st->properties[st->nproperties];
		if (mdl_parser_peek(p, 0)->kind == MDL_TK_STRING ? string_into(p, &x->key) < 0
								 : mdl_parser_dotted(p, &x->key) < 0)
			return -1;
		mdl_parser_take_op(p, '=');
		const struct mdl_token *t = mdl_parser_peek(p, 0);
		if (t->kind != MDL_TK_STRING && t->kind != MDL_TK_NUMBER && t->kind != MDL_TK_NAME)
			return mdl_parser_syntax(p, ": expected a value");
		x->value = t->text;
		p->at++;
		st->nproperties++;
	} while (mdl_parser_take_op(p, ','));
	return mdl_parser_need_op(p, ')');
}

static int cluster_by(struct mdl_parser *p, struct mdl_statement *st)
{
	if (mdl_parser_take(p, "AUTO") || mdl_parser_take(p, "NONE"))
		return 0;
	return mdl_parser_name_list(p, &st->cluster_by, &st->ncluster_by);
}

/* SCHEDULE [REFRESH] EVERY n unit | CRON 'x' [AT TIME ZONE 'tz']: cron runs the pipeline here. */
static int schedule(struct mdl_parser *p)
{
	struct mdl_slice s;
	mdl_parser_take(p, "REFRESH");
	if (mdl_parser_take(p, "EVERY")) {
		p->at++;
		return mdl_parser_name(p, &s);
	}
	if (mdl_parser_need(p, "CRON") < 0 || string_into(p, &s) < 0)
		return -1;
	return mdl_parser_take(p, "AT TIME ZONE") ? string_into(p, &s) : 0;
}

/* The columns of PARTITIONED BY must be the table's, where it declares any. */
static int columns_exist(struct mdl_parser *p, const struct mdl_statement *st, uint32_t pos)
{
	for (size_t k = 0; k < st->npartition_by && st->ncolumns; k++) {
		size_t i = 0;
		while (i < st->ncolumns && !mdl_slice_eq_nocase(st->columns[i].name, st->partition_by[k]))
			i++;
		if (i == st->ncolumns)
			return mdl_parse_error_at(
				p->src, pos, p->err,
				"[COLUMN_NOT_DEFINED_IN_TABLE] partition column `%.*s` is not defined in table `%.*s`",
				(int)st->partition_by[k].n, st->partition_by[k].p, (int)st->name.n,
				st->name.p);
	}
	return 0;
}

/* 1: a clause was read; 0: none is here. */
static int table_clause(struct mdl_parser *p, struct mdl_statement *st)
{
	const struct mdl_token *t = mdl_parser_peek(p, 0);
	struct mdl_slice s;
	int64_t us;
	int rc = 0;
	if (mdl_parser_take(p, "PARTITIONED BY"))
		rc = mdl_parser_name_list(p, &st->partition_by, &st->npartition_by) < 0
			     ? -1
			     : columns_exist(p, st, t->pos);
	else if (mdl_parser_take(p, "CLUSTER BY"))
		rc = cluster_by(p, st);
	else if (mdl_parser_take(p, "COMMENT"))
		rc = string_into(p, &st->comment);
	else if (mdl_parser_take(p, "TBLPROPERTIES"))
		rc = properties(p, st);
	else if (mdl_parser_take(p, "USING"))
		rc = mdl_parser_name(p, &s);
	else if (mdl_parser_take(p, "LOCATION"))
		rc = string_into(p, &s);
	else if (mdl_parser_take(p, "DEFAULT COLLATION"))
		rc = mdl_parser_is(p, 0, "UTF8_BINARY")
			     ? mdl_parser_name(p, &s)
			     : mdl_parser_refuse(p, t->pos, "collations but UTF8_BINARY");
	else if (mdl_parser_take(p, "SCHEDULE"))
		rc = schedule(p);
	else if (mdl_parser_take(p, "WATERMARK"))
		rc = mdl_parser_watermark(p, &st->watermark, &st->watermark_delay_us);
	else if (mdl_parser_is(p, 0, "FLOW") && !mdl_parser_is(p, 1, "INSERT"))
		rc = mdl_parser_refuse(p, t->pos, "FLOW clauses but FLOW INSERT BY NAME");
	else if (mdl_parser_is(p, 0, "WITH"))
		rc = mdl_parser_refuse(p, t->pos, "ROW FILTER");
	else if (mdl_parser_take(p, "TRIGGER ON UPDATE"))
		rc = mdl_parser_take(p, "AT MOST EVERY") ? mdl_parser_duration(p, &us) : 0;
	else if (mdl_parser_take(p, "REFRESH POLICY"))
		rc = mdl_parser_name(p, &s);
	else
		return 0;
	return rc < 0 ? -1 : 1;
}

static int statement_kind(struct mdl_parser *p, struct mdl_statement *st)
{
	if (!mdl_parser_take(p, "OR REFRESH"))
		mdl_parser_take(p, "OR REPLACE");
	mdl_parser_take(p, "PRIVATE");
	bool temporary = mdl_parser_take(p, "TEMPORARY") || mdl_parser_take(p, "TEMP");
	if (mdl_parser_take(p, "STREAMING LIVE TABLE") || mdl_parser_take(p, "INCREMENTAL LIVE TABLE") ||
	    mdl_parser_take(p, "STREAMING TABLE"))
		st->kind = MDL_ST_STREAMING_TABLE;
	else if (mdl_parser_take(p, "MATERIALIZED VIEW") || mdl_parser_take(p, "LIVE TABLE"))
		st->kind = MDL_ST_MATERIALIZED_VIEW;
	else if (mdl_parser_take(p, "STREAMING LIVE VIEW") || mdl_parser_take(p, "LIVE VIEW") ||
		 mdl_parser_take(p, "VIEW"))
		st->kind = MDL_ST_VIEW;
	else if (!temporary && mdl_parser_take(p, "TABLE"))
		st->kind = MDL_ST_TABLE;
	else
		return mdl_parser_syntax(p, ": expected STREAMING TABLE, MATERIALIZED VIEW, VIEW or TABLE");
	return 0;
}

static int create(struct mdl_parser *p, struct mdl_statement *st)
{
	if (statement_kind(p, st) < 0)
		return -1;
	mdl_parser_take(p, "IF NOT EXISTS");
	if (mdl_parser_dotted(p, &st->name) < 0)
		return -1;
	if (mdl_parser_take_op(p, '(')) {
		if (mdl_parser_columns(p, st) < 0 || mdl_parser_need_op(p, ')') < 0)
			return -1;
	}
	int rc;
	while ((rc = table_clause(p, st)) > 0)
		;
	if (rc < 0)
		return -1;
	if (!mdl_parser_take(p, "AS") && !mdl_parser_take(p, "FLOW INSERT BY NAME"))
		return mdl_parser_is(p, 0, "FLOW")
			       ? mdl_parser_refuse(p, mdl_parser_peek(p, 0)->pos, "INSERT ONCE")
			       : 0;
	uint32_t from = mdl_parser_peek(p, 0)->pos;
	if (!(st->select = mdl_parser_select(p)))
		return -1;
	if (st->select->watermark) {
		st->watermark = st->select->watermark;
		st->watermark_delay_us = st->select->watermark_delay_us;
	}
	uint32_t to = p->t[p->at - 1].end;
	st->select_text = (struct mdl_slice){p->src->text.p + from, to - from};
	return 0;
}

static int statement(struct mdl_parser *p, struct mdl_statement *st)
{
	const struct mdl_token *t = mdl_parser_peek(p, 0);
	st->pos = t->pos;
	static const char *const others[] = {"FLOW",   "FUNCTION", "SCHEMA", "CATALOG", "DATABASE", "INDEX",
					     "VOLUME", "SINK",     "ROLE",   "USER",    "EXTERNAL"};
	if (mdl_parser_take(p, "CREATE")) {
		for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
			if (mdl_parser_is(p, 0, others[i]))
				return mdl_parser_refuse(p, t->pos,
							 mdl_arena_printf(p->a, "CREATE %s", others[i]));
		return create(p, st);
	}
	if (mdl_parser_is(p, 0, "SELECT") || mdl_parser_is(p, 0, "WITH")) {
		st->kind = MDL_ST_SELECT;
		st->select = mdl_parser_select(p);
		if (!st->select)
			return -1;
		st->select_text = (struct mdl_slice){p->src->text.p + t->pos, p->t[p->at - 1].end - t->pos};
		return 0;
	}
	static const char *const known[] = {
		"ALTER",   "ANALYZE", "APPLY",  "CACHE",   "COMMENT", "COPY",     "DELETE",   "DESCRIBE",
		"DROP",    "EXPLAIN", "GRANT",  "INSERT",  "MERGE",   "MSCK",     "OPTIMIZE", "REFRESH",
		"REPLACE", "RESTORE", "REVOKE", "SET",     "SHOW",    "TRUNCATE", "UPDATE",   "USE",
		"VACUUM",  "WITH",    "AUTO",   "DECLARE", "CALL",    "EXECUTE",  "BEGIN",    "VALUES"};
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (mdl_parser_is(p, 0, known[i])) {
			char *what = mdl_arena_printf(p->a, "the statement %s", known[i]);
			return mdl_parser_refuse(p, t->pos, what);
		}
	return mdl_parser_syntax(p, ": expected CREATE or SELECT");
}

int mdl_parse_statements(struct mdl_arena *a, const struct mdl_source *src, struct mdl_statement **sts,
			 size_t *n, struct mdl_err *err)
{
	struct mdl_parser p;
	*sts = NULL;
	*n = 0;
	if (mdl_parser_init(&p, a, src, err) < 0)
		return -1;
	for (;;) {
		while (mdl_parser_take_op(&p, ';'))
			;
		if (mdl_parser_peek(&p, 0)->kind == MDL_TK_END)
			return 0;
		*sts = grow(&p, *sts, *n, sizeof(**sts));
		struct mdl_statement *st = &(*sts)[*n];
		memset(st, 0, sizeof(*st));
		if (statement(&p, st) < 0)
			return -1;
		(*n)++;
		if (mdl_parser_peek(&p, 0)->kind != MDL_TK_END && !mdl_parser_is_op(&p, 0, ';'))
			return mdl_parser_syntax(&p, "");
	}
}
