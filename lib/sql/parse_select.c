/* SPDX-License-Identifier: MIT
 *
 * SELECT with WITH, joins and LATERAL VIEW. FROM may be missing (standard input). What
 * a row-by-row filter or an aggregate cannot carry out (ORDER BY, LIMIT, UNION) is refused
 * by name.
 */
#include <stdlib.h>
#include <string.h>

#include "sql/parse.h"
#include "sql/parser.h"

/* Words that end a select item or a relation rather than name it. */
static bool clause_word(const struct mdl_parser *p)
{
	static const char *const words[] = {
		"FROM",    "WHERE",      "GROUP",   "HAVING", "ORDER", "LIMIT",   "UNION",       "EXCEPT",
		"MINUS",   "INTERSECT",  "JOIN",    "LEFT",   "RIGHT", "FULL",    "INNER",       "CROSS",
		"SEMI",    "ANTI",       "NATURAL", "ON",     "USING", "LATERAL", "WINDOW",      "SORT",
		"CLUSTER", "DISTRIBUTE", "QUALIFY", "OFFSET", "PIVOT", "UNPIVOT", "TABLESAMPLE", "WATERMARK",
		"AS",      "AND",        "OR",      "FOR"};
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (mdl_parser_is(p, 0, words[i]))
			return true;
	return false;
}

static int alias(struct mdl_parser *p, struct mdl_slice *name)
{
	const struct mdl_token *t = mdl_parser_peek(p, 0);
	if (mdl_parser_take(p, "AS"))
		return mdl_parser_name(p, name);
	if ((t->kind == MDL_TK_NAME && !clause_word(p)) || t->kind == MDL_TK_QUOTED)
		return mdl_parser_name(p, name);
	return 0;
}

static int star_except(struct mdl_parser *p, struct mdl_expr *e)
{
	if (e->kind != MDL_E_STAR || !mdl_parser_is(p, 0, "EXCEPT") || !mdl_parser_is_op(p, 1, '('))
		return 0;
	p->at++;
	return mdl_parser_name_list(p, &e->except, &e->nexcept);
}

/* [AS] name, or AS (a, b). */
static int item_alias(struct mdl_parser *p, struct mdl_select_item *it)
{
	if (!mdl_parser_is(p, 0, "AS") || !mdl_parser_is_op(p, 1, '('))
		return alias(p, &it->alias);
	p->at++;
	return mdl_parser_name_list(p, &it->aliases, &it->naliases);
}

static int items(struct mdl_parser *p, struct mdl_select *s)
{
	size_t cap = 0;
	do {
		if (s->nitems == cap) {
			cap = cap ? cap * 2 : 8;
			struct mdl_select_item *more = mdl_arena_zalloc(p->a, cap * sizeof(*more));
			if (s->nitems)
				memcpy(more, s->items, s->nitems * sizeof(*more));
			s->items = more;
		}
		struct mdl_select_item *it = &s->items[s->nitems];
		if (!(it->expr = mdl_parser_expr(p)) || star_except(p, it->expr) < 0 || item_alias(p, it) < 0)
			return -1;
		if ((it->alias.n || it->naliases) && it->expr->kind == MDL_E_STAR)
			return mdl_parser_syntax(p, ": '*' takes no name");
		s->nitems++;
	} while (mdl_parser_take_op(p, ','));
	return 0;
}

static void add_option(struct mdl_parser *p, struct mdl_relation *r, size_t key, size_t value)
{
	static const char prefix[] = "cloudFiles.";
	struct mdl_slice k = mdl_parser_peek(p, key)->text;
	if (mdl_slice_starts(k, mdl_slice_of(prefix)))
		k = (struct mdl_slice){k.p + sizeof(prefix) - 1, k.n - (sizeof(prefix) - 1)};
	struct mdl_ast_property *more = mdl_arena_zalloc(p->a, (r->noptions + 1) * sizeof(*more));
	if (r->noptions)
		memcpy(more, r->options, r->noptions * sizeof(*more));
	more[r->noptions++] = (struct mdl_ast_property){k, mdl_parser_peek(p, value)->text};
	r->options = more;
}

/* read_files(...), cloud_files(...): where the files are is for Databricks, for here the rows are standard input. Options
 * are kept: key => 'value', and the strings of map('key', 'value'). */
static int arguments(struct mdl_parser *p, struct mdl_relation *r)
{
	int depth = 0, map = 0;
	do {
		if (mdl_parser_peek(p, 0)->kind == MDL_TK_END)
			return mdl_parser_syntax(p, ": expected ')'");
		if (mdl_parser_is(p, 0, "MAP") && mdl_parser_is_op(p, 1, '('))
			map = depth + 1;
		if (mdl_parser_is_op(p, 1, MDL_TO_FAT)) {
			add_option(p, r, 0, 2);
		} else if (map && depth == map && mdl_parser_peek(p, 0)->kind == MDL_TK_STRING &&
			   mdl_parser_is_op(p, 1, ',')) {
			add_option(p, r, 0, 2);
			p->at += 2;
		}
		depth += mdl_parser_is_op(p, 0, '(');
		depth -= mdl_parser_is_op(p, 0, ')');
		p->at++;
	} while (depth > 0);
	return 0;
}

/* (SELECT ...). */
static int subquery(struct mdl_parser *p, struct mdl_select **query)
{
	if (++p->nesting > 400)
		return mdl_parser_syntax(p, ": too deeply nested");
	if (mdl_parser_need_op(p, '(') < 0 || !(*query = mdl_parser_select(p)) ||
	    mdl_parser_need_op(p, ')') < 0)
		return -1;
	p->nesting--;
	return 0;
}

static int relation(struct mdl_parser *p, struct mdl_relation *r)
{
	r->pos = mdl_parser_peek(p, 0)->pos;
	if (mdl_parser_is_op(p, 0, '('))
		return subquery(p, &r->query) < 0 ? -1 : alias(p, &r->alias);
	bool paren = mdl_parser_is(p, 0, "STREAM") && mdl_parser_is_op(p, 1, '(');
	if (mdl_parser_is(p, 0, "STREAM") && (paren || mdl_parser_peek(p, 1)->kind == MDL_TK_NAME ||
					      mdl_parser_peek(p, 1)->kind == MDL_TK_QUOTED)) {
		r->stream = true;
		p->at += paren ? 2 : 1;
	}
	if (mdl_parser_dotted(p, &r->name) < 0)
		return -1;
	if (mdl_parser_is_op(p, 0, '(')) {
		if (!mdl_word_eq(r->name, "READ_FILES") && !mdl_word_eq(r->name, "CLOUD_FILES") &&
		    !mdl_word_eq(r->name, "READ_KAFKA"))
			return mdl_parser_refuse(
				p, r->pos, "table functions but read_files, cloud_files and read_kafka");
		r->stream = r->stream || mdl_word_eq(r->name, "CLOUD_FILES");
		if (arguments(p, r) < 0)
			return -1;
	}
	if (paren && mdl_parser_need_op(p, ')') < 0)
		return -1;
	return alias(p, &r->alias);
}

static int join_kind(struct mdl_parser *p, enum mdl_join_kind *kind, bool *natural)
{
	uint32_t pos = mdl_parser_peek(p, 0)->pos;
	*natural = mdl_parser_take(p, "NATURAL");
	if (mdl_parser_take(p, "JOIN") || mdl_parser_take(p, "INNER JOIN"))
		*kind = MDL_JOIN_INNER;
	else if (mdl_parser_take(p, "LEFT OUTER JOIN") || mdl_parser_take(p, "LEFT JOIN"))
		*kind = MDL_JOIN_LEFT;
	else if (mdl_parser_take(p, "LEFT SEMI JOIN") || mdl_parser_take(p, "SEMI JOIN"))
		*kind = MDL_JOIN_SEMI;
	else if (mdl_parser_take(p, "LEFT ANTI JOIN") || mdl_parser_take(p, "ANTI JOIN"))
		*kind = MDL_JOIN_ANTI;
	else if (!*natural && mdl_parser_take(p, "CROSS JOIN"))
		*kind = MDL_JOIN_INNER;
	else if (!*natural && mdl_parser_take(p, "LATERAL VIEW"))
		*kind = MDL_JOIN_VIEW;
	else if (mdl_parser_is(p, 0, "RIGHT") || mdl_parser_is(p, 0, "FULL"))
		return mdl_parse_error_at(
			p->src, pos, p->err,
			"[STREAM_STATIC_JOIN] %s OUTER JOIN of a stream with a table is not carried out, here as in "
			"Spark's streaming: a row of the table that no record has matched yet may still find one",
			mdl_parser_is(p, 0, "RIGHT") ? "RIGHT" : "FULL");
	else if (*natural)
		return mdl_parser_syntax(p, ": expected JOIN");
	else if (mdl_parser_is(p, 0, "LATERAL"))
		return mdl_parser_refuse(p, pos, "LATERAL but LATERAL VIEW");
	else
		return 0;
	return 1;
}

/* [OUTER] explode(...) [alias] [AS a, b], behind LATERAL VIEW. */
static int lateral_view(struct mdl_parser *p, struct mdl_join *j)
{
	size_t cap = 0;
	j->outer = mdl_parser_take(p, "OUTER");
	j->right.pos = mdl_parser_peek(p, 0)->pos;
	if (!(j->generator = mdl_parser_primary(p)))
		return -1;
	if (j->generator->kind != MDL_E_CALL)
		return mdl_parse_error_at(
			p->src, j->right.pos, p->err,
			"[PARSE_SYNTAX_ERROR] LATERAL VIEW takes a generator, as explode(a)");
	if (!mdl_parser_is(p, 0, "AS") && alias(p, &j->right.alias) < 0)
		return -1;
	if (!mdl_parser_take(p, "AS"))
		return 0;
	do {
		struct mdl_slice name;
		if (mdl_parser_name(p, &name) < 0)
			return -1;
		if (j->ncolumns == cap) {
			cap = cap ? cap * 2 : 4;
			struct mdl_slice *more = mdl_arena_alloc(p->a, cap * sizeof(*more));
			if (j->ncolumns)
				memcpy(more, j->columns, j->ncolumns * sizeof(*more));
			j->columns = more;
		}
		j->columns[j->ncolumns++] = name;
	} while (mdl_parser_take_op(p, ','));
	return 0;
}

static int joins(struct mdl_parser *p, struct mdl_select *s)
{
	enum mdl_join_kind kind = MDL_JOIN_INNER;
	bool natural = false;
	int rc;
	size_t cap = 0;
	while ((rc = join_kind(p, &kind, &natural)) > 0) {
		if (s->njoins == cap) {
			cap = cap ? cap * 2 : 4;
			struct mdl_join *more = mdl_arena_zalloc(p->a, cap * sizeof(*more));
			if (s->njoins)
				memcpy(more, s->joins, s->njoins * sizeof(*more));
			s->joins = more;
		}
		if (s->njoins && s->joins[s->njoins - 1].kind == MDL_JOIN_VIEW && kind != MDL_JOIN_VIEW)
			return mdl_parser_syntax(p, ": joins stand before LATERAL VIEW");
		struct mdl_join *j = &s->joins[s->njoins++];
		j->kind = kind;
		j->natural = natural;
		if (kind == MDL_JOIN_VIEW) {
			if (lateral_view(p, j) < 0)
				return -1;
			continue;
		}
		if (relation(p, &j->right) < 0)
			return -1;
		if (natural)
			continue;
		if (mdl_parser_take(p, "ON")) {
			if (!(j->on = mdl_parser_expr(p)))
				return -1;
		} else if (mdl_parser_take(p, "USING")) {
			if (mdl_parser_name_list(p, &j->using_names, &j->nusing) < 0)
				return -1;
		} else if (kind != MDL_JOIN_INNER) {
			return mdl_parser_syntax(p, ": expected ON or USING");
		}
	}
	if (rc == 0 && mdl_parser_is_op(p, 0, ','))
		return mdl_parser_refuse(p, mdl_parser_peek(p, 0)->pos,
					 "several relations in FROM (use JOIN ... ON)");
	return rc;
}

int mdl_parser_watermark(struct mdl_parser *p, struct mdl_expr **e, int64_t *delay_us)
{
	if (!(*e = mdl_parser_expr(p)))
		return -1;
	if (mdl_parser_is(p, 0, "AS"))
		return mdl_parser_refuse(p, mdl_parser_peek(p, 0)->pos,
					 "WATERMARK expr AS name (make the column in a hop of its own)");
	if (mdl_parser_need(p, "DELAY OF") < 0)
		return -1;
	return mdl_parser_duration(p, delay_us);
}

static int group_by(struct mdl_parser *p, struct mdl_select *s)
{
	struct mdl_list l = {0};
	int rc = -1;
	if (mdl_parser_is(p, 0, "ALL") && !mdl_parser_is_op(p, 1, '.')) {
		p->at++;
		s->group_all = true;
		return 0;
	}
	if ((mdl_parser_is(p, 0, "CUBE") || mdl_parser_is(p, 0, "ROLLUP")) && mdl_parser_is_op(p, 1, '('))
		return mdl_parser_refuse(p, mdl_parser_peek(p, 0)->pos, "CUBE and ROLLUP");
	if (mdl_parser_is(p, 0, "GROUPING") && mdl_parser_is(p, 1, "SETS"))
		return mdl_parser_refuse(p, mdl_parser_peek(p, 0)->pos, "GROUPING SETS");
	do {
		struct mdl_expr *e = mdl_parser_expr(p);
		if (!e)
			goto out;
		mdl_list_add(&l, e);
	} while (mdl_parser_take_op(p, ','));
	s->ngroup = l.n;
	s->group = mdl_arena_alloc(p->a, l.n * sizeof(*s->group));
	memcpy(s->group, l.v, l.n * sizeof(*s->group));
	rc = 0;
out:
	free(l.v);
	return rc;
}

static int refuse_rest(struct mdl_parser *p)
{
	static const struct {
		const char *word, *what;
	} no[] = {
		{"ORDER", "ORDER BY (a stream has no end; sort the table)"},
		{"SORT", "SORT BY"},
		{"CLUSTER", "CLUSTER BY in a query"},
		{"DISTRIBUTE", "DISTRIBUTE BY"},
		{"LIMIT", "LIMIT (use head)"},
		{"OFFSET", "OFFSET (use tail)"},
		{"UNION", "UNION (give medal-ingest both paths)"},
		{"EXCEPT", "EXCEPT"},
		{"MINUS", "MINUS"},
		{"INTERSECT", "INTERSECT"},
		{"WINDOW", "window functions (WINDOW)"},
		{"QUALIFY", "QUALIFY"},
		{"PIVOT", "PIVOT"},
		{"UNPIVOT", "UNPIVOT"},
		{"TABLESAMPLE", "TABLESAMPLE"},
	};
	for (size_t i = 0; i < sizeof(no) / sizeof(*no); i++)
		if (mdl_parser_is(p, 0, no[i].word))
			return mdl_parser_refuse(p, mdl_parser_peek(p, 0)->pos, no[i].what);
	return 0;
}

/* WITH a AS (SELECT ...), b(x, y) AS (SELECT ...). */
static int with(struct mdl_parser *p, struct mdl_select *s)
{
	size_t cap = 0;
	if (mdl_parser_is(p, 0, "RECURSIVE") && mdl_parser_peek(p, 1)->kind == MDL_TK_NAME &&
	    !mdl_parser_is(p, 1, "AS"))
		return mdl_parser_refuse(p, mdl_parser_peek(p, 0)->pos, "WITH RECURSIVE");
	do {
		if (s->nwith == cap) {
			cap = cap ? cap * 2 : 4;
			struct mdl_with *more = mdl_arena_zalloc(p->a, cap * sizeof(*more));
			if (s->nwith)
				memcpy(more, s->with, s->nwith * sizeof(*more));
			s->with = more;
		}
		struct mdl_with *w = &s->with[s->nwith++];
		w->pos = mdl_parser_peek(p, 0)->pos;
		if (mdl_parser_name(p, &w->name) < 0 ||
		    (mdl_parser_is_op(p, 0, '(') && mdl_parser_name_list(p, &w->columns, &w->ncolumns) < 0))
			return -1;
		mdl_parser_take(p, "AS");
		if (subquery(p, &w->query) < 0)
			return -1;
	} while (mdl_parser_take_op(p, ','));
	return 0;
}

struct mdl_select *mdl_parser_select(struct mdl_parser *p)
{
	struct mdl_select *s = mdl_arena_zalloc(p->a, sizeof(*s));
	s->pos = mdl_parser_peek(p, 0)->pos;
	if (mdl_parser_take(p, "WITH") && with(p, s) < 0)
		return NULL;
	if (mdl_parser_need(p, "SELECT") < 0)
		return NULL;
	s->distinct_pos = mdl_parser_peek(p, 0)->pos;
	s->distinct = mdl_parser_take(p, "DISTINCT");
	if (!s->distinct)
		mdl_parser_take(p, "ALL");
	if (items(p, s) < 0)
		return NULL;
	if (mdl_parser_take(p, "FROM")) {
		s->has_from = true;
		if (relation(p, &s->from) < 0)
			return NULL;
		if (mdl_parser_take(p, "WATERMARK") &&
		    mdl_parser_watermark(p, &s->watermark, &s->watermark_delay_us) < 0)
			return NULL;
		if (joins(p, s) < 0)
			return NULL;
	}
	if (mdl_parser_take(p, "WHERE") && !(s->where = mdl_parser_expr(p)))
		return NULL;
	s->group_pos = mdl_parser_peek(p, 0)->pos; /* of GROUP or, without it, HAVING */
	if (mdl_parser_take(p, "GROUP BY") && group_by(p, s) < 0)
		return NULL;
	if (mdl_parser_take(p, "HAVING") && !(s->having = mdl_parser_expr(p)))
		return NULL;
	return refuse_rest(p) < 0 ? NULL : s;
}
