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

/* The names of WITH that a query sees: the first N of WITH, then those of the query round it. */
struct names {
	const struct mdl_with *with;
	size_t n;
	const struct names *outer;
};

static int bind_query(struct mdl_binder *b, const struct mdl_select *sel, const struct names *outer,
		      struct mdl_binder_items *items);

int mdl_binder_refuse(struct mdl_binder *b, const struct mdl_expr *e, const char *what)
{
	return mdl_parse_error_at(e->src, e->pos, b->r.err, "[UNSUPPORTED_FEATURE] %s", what);
}

/* The same at the place of a relation: SEL's first item lends the source. */
static int refuse_at(struct mdl_binder *b, const struct mdl_select *sel, uint32_t pos, const char *what)
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

/* ---- Conditions ---- */

static struct mdl_expr *both(struct mdl_binder *b, struct mdl_expr *x, struct mdl_expr *y)
{
	if (!x)
		return y;
	struct mdl_expr *e = mdl_arena_zalloc(b->r.a, sizeof(*e));
	*e = (struct mdl_expr){.kind = MDL_E_BINARY,
			       .op = MDL_OP_AND,
			       .pos = x->pos,
			       .end = y->end,
			       .src = x->src,
			       .nargs = 2,
			       .depth = (x->depth > y->depth ? x->depth : y->depth) + 1};
	e->args = mdl_arena_alloc(b->r.a, 2 * sizeof(x));
	e->args[0] = x;
	e->args[1] = y;
	return e;
}

enum { USES_LEFT = 1, USES_RIGHT = 2 };

/* Does E, bound, use what stands before the join with TABLE, and the table? */
static int uses(const struct mdl_expr *e, size_t table)
{
	if (e->kind == MDL_E_COLUMN)
		return e->relation == table ? USES_RIGHT : USES_LEFT;
	int u = e->kind == MDL_E_INPUT ? USES_LEFT : 0;
	for (size_t i = 0; i < e->nargs; i++)
		u |= uses(e->args[i], table);
	return u;
}

static void add_key(struct mdl_binder *b, struct mdl_step *st, struct mdl_expr *left, struct mdl_expr *right,
		    bool null_safe)
{
	struct mdl_join_key *more = mdl_arena_alloc(b->r.a, (st->nkeys + 1) * sizeof(*more));
	if (st->nkeys)
		memcpy(more, st->keys, st->nkeys * sizeof(*more));
	more[st->nkeys++] = (struct mdl_join_key){left, right, null_safe};
	st->keys = more;
}

/* Each equality between the two sides becomes a key, the rest the residual. */
static void split_condition(struct mdl_binder *b, struct mdl_step *st, struct mdl_expr *e)
{
	if (e->kind == MDL_E_BINARY && e->op == MDL_OP_AND) {
		split_condition(b, st, e->args[0]);
		split_condition(b, st, e->args[1]);
		return;
	}
	bool distinct = e->kind == MDL_E_IS && e->is_what == MDL_IS_DISTINCT && e->negate;
	if (distinct || (e->kind == MDL_E_BINARY && (e->op == MDL_OP_EQ || e->op == MDL_OP_EQ_NULL))) {
		int l = uses(e->args[0], st->table), r = uses(e->args[1], st->table);
		bool safe = distinct || e->op == MDL_OP_EQ_NULL;
		if (!(l & USES_RIGHT) && r == USES_RIGHT) {
			add_key(b, st, e->args[0], e->args[1], safe);
			return;
		}
		if (l == USES_RIGHT && !(r & USES_RIGHT)) {
			add_key(b, st, e->args[1], e->args[0], safe);
			return;
		}
	}
	st->residual = both(b, st->residual, e);
}

/* ---- Joins ---- */

static struct mdl_slice last_part(struct mdl_slice name)
{
	const char *dot = name.n ? memrchr(name.p, '.', name.n) : NULL;
	return dot ? (struct mdl_slice){dot + 1, (size_t)(name.p + name.n - dot - 1)} : name;
}

/* The relation of the table NAME: by its whole name, else by its last part; 0 when there is none. */
static size_t find_table(const struct mdl_binder *b, struct mdl_slice name)
{
	for (int whole = 1; whole >= 0; whole--)
		for (size_t i = 0; i < b->r.ntables; i++)
			if (mdl_slice_eq_nocase(b->r.tables[i].name, whole ? name : last_part(name)))
				return i + 1;
	return 0;
}

static int no_table(struct mdl_binder *b, const struct mdl_select *sel, const struct mdl_relation *rel)
{
	struct mdl_slice last = last_part(rel->name);
	if (rel->query)
		return refuse_at(b, sel, rel->pos,
				 "medal does not carry out a join with a subquery (join with a --table)");
	if (rel->stream)
		return refuse_at(
			b, sel, rel->pos,
			"medal does not carry out joins of two streams; the stream stands first in FROM, and a "
			"table behind JOIN");
	return mdl_parse_error_at(
		sel->items[0].expr->src, rel->pos, b->r.err,
		"[TABLE_OR_VIEW_NOT_FOUND] The table or view `%.*s` cannot be found; give it with --table %.*s=PATH",
		(int)rel->name.n, rel->name.p, (int)last.n, last.p);
}

/* The relation of the table that REL names, which may be joined once; 0 with the error filled. */
static size_t check_table(struct mdl_binder *b, const struct mdl_select *sel, const struct mdl_relation *rel)
{
	size_t table = rel->query || rel->stream ? 0 : find_table(b, rel->name);
	if (!table) {
		no_table(b, sel, rel);
		return 0;
	}
	for (size_t i = 0; i < b->out->nsteps; i++) {
		if (b->out->steps[i].kind != MDL_STEP_JOIN || b->out->steps[i].table != table)
			continue;
		mdl_parse_error_at(sel->items[0].expr->src, rel->pos, b->r.err,
				   "[UNSUPPORTED_FEATURE] the table `%.*s` is joined twice; give it "
				   "two names, as in --table a=PATH --table b=PATH",
				   (int)rel->name.n, rel->name.p);
		return 0;
	}
	return table;
}

static int join_using(struct mdl_binder *b, struct mdl_scope *s, struct mdl_scope_relation *right,
		      struct mdl_step *st, const struct mdl_select *sel, const struct mdl_join *j)
{
	for (size_t i = 0; i < j->nusing; i++) {
		struct mdl_expr at = {.kind = MDL_E_COLUMN,
				      .src = sel->items[0].expr->src,
				      .pos = j->right.pos,
				      .end = j->right.pos,
				      .depth = 1,
				      .nparts = 1,
				      .parts = &j->using_names[i]};
		struct mdl_scope one = {.v = right, .n = 1};
		const struct mdl_schema *schema = mdl_scope_schema(&b->r, right);
		struct mdl_expr *l = mdl_resolve_expr(&b->r, s, &at), *r;
		if (!l)
			return -1;
		r = schema ? mdl_resolve_expr(&b->r, &one, &at)
			   : mdl_resolve_column(&b->r, right->relation, j->using_names[i], &at);
		if (!r)
			return -1;
		add_key(b, st, l, r, false);
	}
	right->hidden = j->using_names;
	right->nhidden = j->nusing;
	return 0;
}

static int bind_join(struct mdl_binder *b, struct mdl_scope *s, const struct mdl_select *sel,
		     const struct mdl_join *j)
{
	size_t table = check_table(b, sel, &j->right);
	if (!table)
		return -1;
	struct mdl_scope_relation right = {
		.qualifier = j->right.alias.n ? j->right.alias : last_part(j->right.name), .relation = table};
	if (mdl_scope_find(s, right.qualifier))
		return mdl_parse_error_at(
			sel->items[0].expr->src, j->right.pos, b->r.err,
			"[AMBIGUOUS_REFERENCE] two relations in FROM are named `%.*s`; give one an "
			"alias",
			(int)right.qualifier.n, right.qualifier.p);
	struct mdl_step *st = mdl_binder_step(b, MDL_STEP_JOIN);
	st->join = j->kind;
	st->table = table;
	st->at = j->on;
	if (j->nusing && join_using(b, s, &right, st, sel, j) < 0)
		return -1;
	if (j->on) {
		/* The condition sees both sides, also of a SEMI or ANTI join; what follows sees the left alone. */
		struct mdl_scope wide = {0};
		for (size_t i = 0; i < s->n; i++)
			mdl_scope_add(&b->r, &wide, &s->v[i]);
		mdl_scope_add(&b->r, &wide, &right);
		struct mdl_expr *on = mdl_resolve_expr(&b->r, &wide, j->on);
		if (!on)
			return -1;
		split_condition(b, st, on);
	}
	if (j->kind != MDL_JOIN_SEMI && j->kind != MDL_JOIN_ANTI)
		mdl_scope_add(&b->r, s, &right);
	return 0;
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
			else
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
	mdl_parse_error_at(
		e->src, e->pos, b->r.err,
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

static int bind_star(struct mdl_binder *b, const struct mdl_scope *s, const struct mdl_expr *e,
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

static const struct mdl_with *find_with(const struct names *names, const struct mdl_relation *rel,
					struct names *seen)
{
	for (; names; names = names->outer)
		for (size_t i = names->n; i-- > 0;)
			if (mdl_slice_eq_nocase(names->with[i].name, rel->name)) {
				*seen = (struct names){names->with, i, names->outer};
				return &names->with[i];
			}
	return NULL;
}

static int rename_items(struct mdl_binder *b, const struct mdl_with *w, struct mdl_binder_items *l)
{
	if (any_record(l, 0))
		return refuse_at(b, w->query, w->pos,
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

static int bind_from(struct mdl_binder *b, const struct mdl_select *sel, const struct names *names,
		     struct mdl_scope *s)
{
	const struct mdl_relation *from = &sel->from;
	struct names seen;
	const struct mdl_with *w = from->name.n ? find_with(names, from, &seen) : NULL;
	struct mdl_binder_items l = {0};
	struct mdl_scope_relation rel = {.qualifier = from->alias.n ? from->alias : last_part(from->name)};
	if (from->query || w) {
		if (bind_query(b, w ? w->query : from->query, w ? &seen : names, &l) < 0 ||
		    (w && w->ncolumns && rename_items(b, w, &l) < 0))
			return -1;
		rel.relation = MDL_SCOPE_DERIVED;
		rel.items = l.v;
		rel.nitems = l.n;
	} else if (!from->stream && from->name.n && find_table(b, from->name) && sel->njoins) {
		for (size_t i = 0; i < sel->njoins; i++)
			if (sel->joins[i].right.stream)
				return refuse_at(
					b, sel, from->pos,
					"the stream must stand first in FROM, and the table behind JOIN");
	}
	mdl_scope_add(&b->r, s, &rel);
	for (size_t i = 0; i < sel->njoins; i++) {
		const struct mdl_join *j = &sel->joins[i];
		if (!j->right.query && find_with(names, &j->right, &seen) && j->kind != MDL_JOIN_VIEW)
			return refuse_at(
				b, sel, j->right.pos,
				"medal does not carry out a join with a query of WITH (join with a --table)");
		if (j->kind == MDL_JOIN_VIEW ? bind_view(b, s, j) : bind_join(b, s, sel, j))
			return -1;
	}
	return 0;
}

/* x IN (SELECT y FROM t [WHERE ...]) of a WHERE is a semi join by x = y. */
static int bind_in(struct mdl_binder *b, const struct mdl_scope *s, const struct mdl_expr *e)
{
	static const char simple[] =
		"medal does not carry out a subquery in IN, but for x IN (SELECT y FROM table WHERE ...) in WHERE "
		"(use LEFT SEMI JOIN)";
	const struct mdl_select *q = e->query;
	if (e->negate)
		return mdl_binder_refuse(
			b, e, "medal does not carry out NOT IN with a subquery (use LEFT ANTI JOIN)");
	if (q->nwith || q->njoins || q->ngroup || q->group_all || q->having || q->nitems != 1 ||
	    q->items[0].expr->kind == MDL_E_STAR || q->from.query || !q->has_from)
		return mdl_binder_refuse(b, e, simple);
	size_t table = check_table(b, q, &q->from);
	if (!table)
		return -1;
	struct mdl_scope_relation right = {
		.qualifier = q->from.alias.n ? q->from.alias : last_part(q->from.name), .relation = table};
	struct mdl_scope inner = {.v = &right, .n = 1};
	struct mdl_expr *x = mdl_resolve_expr(&b->r, s, e->args[0]);
	struct mdl_expr *y = x ? mdl_resolve_expr(&b->r, &inner, q->items[0].expr) : NULL;
	struct mdl_expr *rest = y && q->where ? mdl_resolve_expr(&b->r, &inner, q->where) : NULL;
	if (!y || (q->where && !rest))
		return -1;
	struct mdl_step *st = mdl_binder_step(b, MDL_STEP_JOIN);
	st->join = MDL_JOIN_SEMI;
	st->table = table;
	st->at = e;
	st->residual = rest;
	add_key(b, st, x, y, false);
	return 0;
}

/* WHERE's parts with a subquery become steps; what is left of it is given back, NULL when nothing is. */
static struct mdl_expr *take_subqueries(struct mdl_binder *b, const struct mdl_scope *s, struct mdl_expr *e,
					int *rc)
{
	if (e->kind == MDL_E_IN && e->query) {
		*rc = *rc ? *rc : bind_in(b, s, e);
		return NULL;
	}
	if (e->kind != MDL_E_BINARY || e->op != MDL_OP_AND)
		return e;
	struct mdl_expr *l = take_subqueries(b, s, e->args[0], rc),
			*r = take_subqueries(b, s, e->args[1], rc);
	return l == e->args[0] && r == e->args[1] ? e : r ? both(b, l, r) : l;
}

static int bind_where(struct mdl_binder *b, const struct mdl_scope *s, struct mdl_expr *where)
{
	int rc = 0;
	where = take_subqueries(b, s, where, &rc);
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
		last->filter = both(b, last->filter, e);
	else
		mdl_binder_step(b, MDL_STEP_FILTER)->filter = e;
	return 0;
}

static int bind_item(struct mdl_binder *b, struct mdl_scope *s, const struct mdl_select_item *it,
		     size_t *generated, struct mdl_binder_items *l)
{
	const struct mdl_expr *g = mdl_binder_find_generator(it->expr);
	if (it->expr->kind == MDL_E_STAR)
		return bind_star(b, s, it->expr, l);
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

static int bind_query(struct mdl_binder *b, const struct mdl_select *sel, const struct names *outer,
		      struct mdl_binder_items *items)
{
	const struct names names = {sel->with, sel->nwith, outer};
	const struct mdl_expr *first = sel->items[0].expr;
	struct mdl_scope s = {0};
	size_t generated = 0;
	if (sel->ngroup || sel->group_all || sel->having)
		return mdl_binder_refuse(b,
					 sel->ngroup   ? sel->group[0]
					 : sel->having ? sel->having
						       : first,
					 "GROUP BY and HAVING are medal-aggregate's");
	if (sel->distinct)
		return mdl_binder_refuse(
			b, first, "medal-transform does not carry out SELECT DISTINCT (use medal-dedupe)");
	if (bind_from(b, sel, &names, &s) < 0 || (sel->where && bind_where(b, &s, sel->where) < 0))
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
					first->src, first->pos, b->r.err,
					"[COLUMN_ALREADY_EXISTS] The column `%.*s` already exists: the stream and another "
					"relation in FROM have it. Join with USING, or leave one out with EXCEPT",
					(int)name.n, name.p);
		}
	}
	return 0;
}

int mdl_bind(struct mdl_arena *a, const struct mdl_select *sel, const struct mdl_schema *schema,
	     const struct mdl_bind_table *tables, size_t ntables, const struct mdl_session *session,
	     struct mdl_bound *out, struct mdl_err *err)
{
	struct mdl_binder b = {
		.r = {.a = a, .tables = tables, .ntables = ntables, .session = session, .err = err},
		.out = out};
	struct mdl_binder_items items = {0};
	mdl_err_clear(err);
	*out = (struct mdl_bound){0};
	b.r.schema = schema && schema->st->ncolumns ? schema : NULL;
	if (bind_query(&b, sel, NULL, &items) < 0)
		return -1;
	out->items = items.v;
	out->nitems = items.n;
	out->absent = b.r.absent;
	out->nabsent = b.r.nabsent;
	return 0;
}
