/* SPDX-License-Identifier: MIT
 *
 * FROM, joins, generators and the select list: see bind.h. Names are resolve.c's.
 */
#include "sql/bind.h"

#include <string.h>

#include "base/alloc.h"
#include "sql/aggregate_plan.h"
#include "sql/binder.h"
#include "sql/compile.h"
#include "sql/parse.h"
#include "sql/select_plan.h"

static int bind_query(struct mdl_binder *b, const struct mdl_select *sel,
		      const struct mdl_binder_names *outer, struct mdl_binder_items *items);

int mdl_binder_refuse(struct mdl_binder *b, const struct mdl_expr *e, const char *what)
{
	return mdl_parse_error_at(e->src, e->pos, b->r.err, "[UNSUPPORTED_FEATURE] %s", what);
}

/* The same at the place of a relation: SEL's first item lends the source. */
int mdl_binder_refuse_at(struct mdl_binder *b, const struct mdl_select *sel, uint32_t pos, const char *what)
{
	return mdl_parse_error_at(sel->items[0].expr->src, pos, b->r.err, "[UNSUPPORTED_FEATURE] %s", what);
}

struct mdl_step *mdl_binder_step(struct mdl_binder *b, enum mdl_step_kind kind)
{
	struct mdl_bound *o = b->out;
	if (o->nsteps == b->capsteps) {
		b->capsteps = b->capsteps ? b->capsteps * 2 : 8;
		struct mdl_step *more = mdl_arena_alloc(b->r.a, b->capsteps * sizeof(*more));
		if (o->nsteps)
			memcpy(more, o->steps, o->nsteps * sizeof(*more));
		o->steps = more;
	}
	o->steps[o->nsteps] = (struct mdl_step){.kind = kind};
	return &o->steps[o->nsteps++];
}

struct mdl_bound_item *mdl_binder_item(struct mdl_binder *b, struct mdl_binder_items *l)
{
	if (l->n == l->cap) {
		l->cap = l->cap ? l->cap * 2 : 8;
		struct mdl_bound_item *more = mdl_arena_alloc(b->r.a, l->cap * sizeof(*more));
		if (l->n)
			memcpy(more, l->v, l->n * sizeof(*more));
		l->v = more;
	}
	l->v[l->n] = (struct mdl_bound_item){0};
	return &l->v[l->n++];
}

/* ---- LATERAL VIEW ---- */

static int bind_view(struct mdl_binder *b, struct mdl_scope *s, const struct mdl_join *j)
{
	struct mdl_binder_items l = {0};
	if (mdl_binder_generate(b, s, j->generator, j->outer, j->columns, j->ncolumns, &l) < 0)
		return -1;
	struct mdl_scope_relation rel = {
		.qualifier = j->right.alias, .relation = MDL_SCOPE_DERIVED, .items = l.v, .nitems = l.n};
	mdl_scope_add(&b->r, s, &rel);
	return 0;
}

/* ---- Stars ---- */

static bool in_list(const struct mdl_slice *names, size_t n, struct mdl_slice name)
{
	for (size_t i = 0; i < n; i++)
		if (mdl_slice_eq_nocase(names[i], name))
			return true;
	return false;
}

static void add_record(struct mdl_binder *b, const struct mdl_bound_item *inner, const struct mdl_expr *star,
		       struct mdl_binder_items *l)
{
	size_t n = inner ? inner->nexcept : 0;
	struct mdl_bound_item *it = mdl_binder_item(b, l);
	it->kind = MDL_ITEM_RECORD;
	it->except = mdl_arena_alloc(b->r.a, (n + star->nexcept + 1) * sizeof(*it->except));
	for (size_t i = 0; i < n; i++)
		it->except[it->nexcept++] = inner->except[i];
	for (size_t i = 0; i < star->nexcept; i++) {
		int k = b->r.schema ? mdl_schema_find(b->r.schema, star->except[i]) : -1;
		it->except[it->nexcept++] = k < 0 ? star->except[i] : b->r.schema->st->columns[k].name;
	}
}

/* What '*' shows of REL, less EXCEPT. SEEN[i] is set for each name in EXCEPT that was met. */
static void expand(struct mdl_binder *b, const struct mdl_scope_relation *rel, const struct mdl_expr *star,
		   bool qualified, bool *seen, struct mdl_binder_items *l)
{
	size_t before = l->n;
	if (rel->relation == MDL_SCOPE_DERIVED) {
		for (size_t i = 0; i < rel->nitems; i++) {
			const struct mdl_bound_item *it = &rel->items[i];
			if (it->kind == MDL_ITEM_RECORD)
				add_record(b, it, star, l);
			else if (qualified || !mdl_scope_hides(rel, it->name))
				*mdl_binder_item(b, l) = *it;
		}
	} else if (!rel->relation) {
		add_record(b, NULL, star, l);
	} else {
		const struct mdl_schema *s = mdl_scope_schema(&b->r, rel);
		for (size_t i = 0; s && i < s->st->ncolumns; i++) {
			struct mdl_slice name = s->st->columns[i].name;
			if (!qualified && mdl_scope_hides(rel, name))
				continue;
			struct mdl_bound_item *it = mdl_binder_item(b, l);
			it->expr = mdl_resolve_column(&b->r, rel->relation, name, star);
			it->name = name;
		}
	}
	size_t n = before;
	for (size_t i = before; i < l->n; i++) {
		struct mdl_bound_item it = l->v[i];
		bool cut = false;
		for (size_t k = 0; k < star->nexcept && it.kind == MDL_ITEM_VALUE; k++)
			if (mdl_slice_eq_nocase(star->except[k], it.name))
				cut = seen[k] = true;
		it.shown = true;
		if (!cut)
			l->v[n++] = it;
	}
	l->n = n;
}

static int bad_except(struct mdl_binder *b, const struct mdl_expr *e, struct mdl_slice name)
{
	struct mdl_buf ddl = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	mdl_schema_ddl(&ddl, b->r.schema);
	/* A name without back quotes stands in the text itself. */
	const struct mdl_slice text = e->src->text;
	bool there = (uintptr_t)name.p - (uintptr_t)text.p < text.n;
	mdl_parse_error_at(
		e->src, there ? (uint32_t)(name.p - text.p) : e->pos, b->r.err,
		"[UNRESOLVED_COLUMN.WITH_SUGGESTION] A column with name `%.*s` in EXCEPT cannot be "
		"resolved; the columns are %.*s",
		(int)name.n, name.p, ddl.n < 1000 ? (int)ddl.n : 1000, ddl.p);
	mdl_buf_free(&ddl);
	return -1;
}

static bool any_record(const struct mdl_binder_items *l, size_t from)
{
	for (size_t i = from; i < l->n; i++)
		if (l->v[i].kind == MDL_ITEM_RECORD)
			return true;
	return false;
}

/* s.* of a struct: its fields, or the members of an undeclared object. */
static int struct_star(struct mdl_binder *b, const struct mdl_scope *s, const struct mdl_expr *e,
		       struct mdl_binder_items *l)
{
	struct mdl_expr name = *e, *x;
	name.kind = MDL_E_COLUMN;
	name.nexcept = 0;
	if (s->n == 1 && s->v[0].relation == 0 && e->nparts == 1 && s->v[0].qualifier.n && !b->r.schema)
		return mdl_parse_error_at(
			e->src, e->pos, b->r.err,
			"[CANNOT_RESOLVE_STAR_EXPAND] Cannot resolve `%.*s`.*: it is not the relation in FROM; a struct's "
			"members are expanded where it is declared (--schema)",
			(int)e->parts[0].n, e->parts[0].p);
	if (!(x = mdl_resolve_expr(&b->r, s, &name)))
		return -1;
	const struct mdl_type *t = mdl_binder_type(b, x);
	if (!t)
		return -1;
	if (t->kind != MDL_T_STRUCT && t->kind != MDL_T_ANY)
		return mdl_parse_error_at(
			e->src, e->pos, b->r.err,
			"[CANNOT_RESOLVE_STAR_EXPAND] Cannot resolve `%.*s`.*: it is no struct but "
			"\"%s\"",
			(int)e->parts[0].n, e->parts[0].p, mdl_type_name(b->r.a, t));
	if (t->kind == MDL_T_ANY || t->open) {
		struct mdl_bound_item *it = mdl_binder_item(b, l);
		*it = (struct mdl_bound_item){
			.kind = MDL_ITEM_STRUCT, .expr = x, .except = e->except, .nexcept = e->nexcept};
		return 0;
	}
	for (size_t i = 0; i < t->nfields; i++) {
		if (in_list(e->except, e->nexcept, t->fields[i].name))
			continue;
		struct mdl_expr *f = mdl_arena_zalloc(b->r.a, sizeof(*f));
		*f = (struct mdl_expr){.kind = MDL_E_FIELD,
				       .pos = e->pos,
				       .end = e->end,
				       .src = e->src,
				       .depth = x->depth + 1,
				       .nargs = 1,
				       .name = t->fields[i].name};
		f->args = mdl_arena_alloc(b->r.a, sizeof(x));
		f->args[0] = x;
		struct mdl_bound_item *it = mdl_binder_item(b, l);
		it->expr = f;
		it->name = t->fields[i].name;
		it->shown = true;
	}
	return 0;
}

int mdl_binder_star(struct mdl_binder *b, const struct mdl_scope *s, const struct mdl_expr *e,
		    struct mdl_binder_items *l)
{
	bool *seen = mdl_arena_zalloc(b->r.a, e->nexcept + 1);
	size_t from = l->n;
	const struct mdl_scope_relation *rel = e->nparts == 1 ? mdl_scope_find(s, e->parts[0]) : NULL;
	if (e->nparts && !rel)
		return struct_star(b, s, e, l);
	for (size_t i = 0; i < s->n; i++)
		if (!rel || rel == &s->v[i])
			expand(b, &s->v[i], e, rel != NULL, seen, l);
	bool record = any_record(l, from);
	for (size_t i = 0; i < e->nexcept; i++)
		if (!seen[i] && !(record && (!b->r.schema || mdl_bind_reserved(e->except[i]) ||
					     mdl_schema_find(b->r.schema, e->except[i]) >= 0))) {
			if (record && b->r.schema)
				return bad_except(b, e, e->except[i]);
			return mdl_parse_error_at(
				e->src, e->pos, b->r.err,
				"[UNRESOLVED_COLUMN.WITH_SUGGESTION] A column with name `%.*s` in "
				"EXCEPT cannot be resolved",
				(int)e->except[i].n, e->except[i].p);
		}
	return 0;
}

/* ---- Queries ---- */

const struct mdl_with *mdl_binder_find_with(const struct mdl_binder_names *names,
					    const struct mdl_relation *rel, struct mdl_binder_names *seen)
{
	for (; names; names = names->outer)
		for (size_t i = names->n; i-- > 0;)
			if (mdl_slice_eq_nocase(names->with[i].name, rel->name)) {
				*seen = (struct mdl_binder_names){names->with, i, names->outer};
				return &names->with[i];
			}
	return NULL;
}

int mdl_binder_rename(struct mdl_binder *b, const struct mdl_with *w, struct mdl_binder_items *l)
{
	if (any_record(l, 0))
		return mdl_binder_refuse_at(b, w->query, w->pos,
					    "medal does not carry out names of columns for a query with '*'");
	if (w->ncolumns != l->n)
		return mdl_parse_error_at(
			w->query->items[0].expr->src, w->pos, b->r.err,
			"[ASSIGNMENT_ARITY_MISMATCH] `%.*s` has %zu columns, but %zu names are given",
			(int)w->name.n, w->name.p, l->n, w->ncolumns);
	for (size_t i = 0; i < l->n; i++) {
		l->v[i].name = w->columns[i];
		l->v[i].generated = false;
	}
	return 0;
}

static int bind_from(struct mdl_binder *b, const struct mdl_select *sel, const struct mdl_binder_names *names,
		     struct mdl_scope *s)
{
	const struct mdl_relation *from = &sel->from;
	struct mdl_binder_names seen;
	const struct mdl_with *w = from->name.n ? mdl_binder_find_with(names, from, &seen) : NULL;
	struct mdl_binder_items l = {0};
	struct mdl_scope_relation rel = {.qualifier = from->alias.n ? from->alias
								    : mdl_binder_last_part(from->name)};
	if (from->query || w) {
		if (bind_query(b, w ? w->query : from->query, w ? &seen : names, &l) < 0 ||
		    (w && w->ncolumns && mdl_binder_rename(b, w, &l) < 0))
			return -1;
		rel.relation = MDL_SCOPE_DERIVED;
		rel.items = l.v;
		rel.nitems = l.n;
	} else if (!from->stream && from->name.n && mdl_binder_find_table(b, from->name) && sel->njoins) {
		for (size_t i = 0; i < sel->njoins; i++)
			if (sel->joins[i].right.stream)
				return mdl_binder_refuse_at(
					b, sel, from->pos,
					"the stream must stand first in FROM, and the table behind JOIN");
	}
	if (!from->query && !w)
		b->out->stream = sel;
	mdl_scope_add(&b->r, s, &rel);
	for (size_t i = 0; i < sel->njoins; i++) {
		const struct mdl_join *j = &sel->joins[i];
		if (j->kind == MDL_JOIN_VIEW ? bind_view(b, s, j) : mdl_binder_join(b, s, sel, j, names))
			return -1;
	}
	return 0;
}

static int bind_where(struct mdl_binder *b, const struct mdl_scope *s, struct mdl_expr *where,
		      const struct mdl_binder_names *names)
{
	int rc = 0;
	where = mdl_binder_subqueries(b, s, where, names, &rc);
	if (rc || !where)
		return rc;
	const struct mdl_expr *g = mdl_binder_find_generator(where);
	if (g)
		return mdl_parse_error_at(
			g->src, g->pos, b->r.err,
			"[UNSUPPORTED_GENERATOR.OUTSIDE_SELECT] a generator cannot stand in WHERE; use "
			"LATERAL VIEW");
	struct mdl_expr *e = mdl_resolve_expr(&b->r, s, where);
	if (!e)
		return -1;
	struct mdl_step *last = b->out->nsteps ? &b->out->steps[b->out->nsteps - 1] : NULL;
	if (last && last->kind == MDL_STEP_FILTER)
		last->filter = mdl_binder_both(b, last->filter, e);
	else
		mdl_binder_step(b, MDL_STEP_FILTER)->filter = e;
	return 0;
}

static int bind_item(struct mdl_binder *b, struct mdl_scope *s, const struct mdl_select_item *it,
		     size_t *generated, struct mdl_binder_items *l)
{
	const struct mdl_expr *g = mdl_binder_find_generator(it->expr);
	if (it->expr->kind == MDL_E_STAR)
		return mdl_binder_star(b, s, it->expr, l);
	if (g && g != it->expr)
		return mdl_parse_error_at(
			g->src, g->pos, b->r.err,
			"[UNSUPPORTED_GENERATOR.NESTED_IN_EXPRESSIONS] a generator cannot stand in "
			"another expression");
	if (g && (*generated)++)
		return mdl_parse_error_at(
			g->src, g->pos, b->r.err,
			"[UNSUPPORTED_GENERATOR.MULTI_GENERATOR] only one generator may stand in a SELECT; "
			"use LATERAL VIEW");
	if (g)
		return mdl_binder_generate(b, s, g, false, it->naliases ? it->aliases : &it->alias,
					   it->naliases ? it->naliases : it->alias.n > 0, l);
	if (it->naliases)
		return mdl_binder_refuse(
			b, it->expr, "several names for one column: only a generator has several columns");
	if (mdl_agg_find(it->expr))
		return mdl_binder_refuse(b, mdl_agg_find(it->expr), "aggregates are medal-aggregate's");
	s->lateral = l->v;
	s->nlateral = l->n;
	struct mdl_expr *e = mdl_resolve_expr(&b->r, s, it->expr);
	s->nlateral = 0;
	if (!e)
		return -1;
	struct mdl_bound_item *out = mdl_binder_item(b, l);
	out->expr = e;
	out->name = mdl_select_plan_name(b->r.a, it);
	out->generated = !it->alias.n && it->expr->kind != MDL_E_COLUMN && it->expr->kind != MDL_E_FIELD;
	return 0;
}

static int bind_rows(struct mdl_binder *b, const struct mdl_select *sel, const struct mdl_binder_names *outer,
		     struct mdl_scope *s)
{
	const struct mdl_binder_names names = {sel->with, sel->nwith, outer};
	return bind_from(b, sel, &names, s) < 0 || (sel->where && bind_where(b, s, sel->where, &names) < 0)
		       ? -1
		       : 0;
}

static int bind_query(struct mdl_binder *b, const struct mdl_select *sel,
		      const struct mdl_binder_names *outer, struct mdl_binder_items *items)
{
	struct mdl_scope s = {0};
	size_t generated = 0;
	if (sel->ngroup || sel->group_all || sel->having)
		return mdl_binder_refuse_at(b, sel, sel->group_pos,
					    outer ? "medal does not carry out GROUP BY in a query within "
						    "another (make it a hop of its own)"
						  : "GROUP BY and HAVING are medal-aggregate's");
	if (sel->distinct)
		return mdl_binder_refuse_at(
			b, sel, sel->distinct_pos,
			"medal-transform does not carry out SELECT DISTINCT (use medal-dedupe)");
	if (bind_rows(b, sel, outer, &s) < 0)
		return -1;
	for (size_t i = 0; i < sel->nitems; i++)
		if (bind_item(b, &s, &sel->items[i], &generated, items) < 0)
			return -1;
	/* Where a named column has the name of a member of '*', the column stands. */
	for (size_t i = 0; i < items->n; i++) {
		struct mdl_bound_item *star = &items->v[i];
		if (star->kind != MDL_ITEM_RECORD)
			continue;
		struct mdl_slice *more = mdl_arena_alloc(b->r.a, (star->nexcept + items->n) * sizeof(*more));
		if (star->nexcept)
			memcpy(more, star->except, star->nexcept * sizeof(*more));
		star->except = more;
		for (size_t k = 0; k < items->n; k++) {
			if (items->v[k].kind != MDL_ITEM_VALUE)
				continue;
			struct mdl_slice name = items->v[k].name;
			if (!items->v[k].shown || in_list(star->except, star->nexcept, name))
				star->except[star->nexcept++] = name;
			else if (!b->r.schema)
				mdl_resolve_absent(&b->r, name);
			else if (mdl_schema_find(b->r.schema, name) >= 0)
				return mdl_parse_error_at(
					sel->items[0].expr->src, sel->items[0].expr->pos, b->r.err,
					"[COLUMN_ALREADY_EXISTS] The column `%.*s` already exists: the stream and another "
					"relation in FROM have it. Join with USING, or leave one out with EXCEPT",
					(int)name.n, name.p);
		}
	}
	return 0;
}

void mdl_binder_init(struct mdl_binder *b, struct mdl_arena *a, const struct mdl_schema *schema,
		     const struct mdl_bind_table *tables, size_t ntables, const struct mdl_session *session,
		     struct mdl_bound *out, struct mdl_err *err)
{
	mdl_err_clear(err);
	*out = (struct mdl_bound){0};
	*b = (struct mdl_binder){.r = {.a = a,
				       .schema = schema && schema->st->ncolumns ? schema : NULL,
				       .tables = tables,
				       .ntables = ntables,
				       .session = session,
				       .err = err},
				 .out = out};
}

int mdl_binder_from(struct mdl_binder *b, const struct mdl_select *sel, struct mdl_scope *s)
{
	return bind_rows(b, sel, NULL, s);
}

void mdl_binder_stream(struct mdl_binder *b, struct mdl_scope *s)
{
	const struct mdl_relation *from = &b->out->stream->from;
	struct mdl_scope_relation rel = {.qualifier = from->alias.n ? from->alias
								    : mdl_binder_last_part(from->name)};
	mdl_scope_add(&b->r, s, &rel);
}

int mdl_bind(struct mdl_arena *a, const struct mdl_select *sel, const struct mdl_schema *schema,
	     const struct mdl_bind_table *tables, size_t ntables, const struct mdl_session *session,
	     struct mdl_bound *out, struct mdl_err *err)
{
	struct mdl_binder b;
	struct mdl_binder_items items = {0};
	mdl_binder_init(&b, a, schema, tables, ntables, session, out, err);
	if (bind_query(&b, sel, NULL, &items) < 0)
		return -1;
	out->items = items.v;
	out->nitems = items.n;
	out->absent = b.r.absent;
	out->nabsent = b.r.nabsent;
	return 0;
}
