/* SPDX-License-Identifier: MIT
 *
 * Joins while a SELECT is bound: their conditions, what may stand on their right side, and
 * subqueries in WHERE, which are joins too.
 */
#include "sql/binder.h"

#include <string.h>

#include "sql/aggregate_plan.h"
#include "sql/parse.h"
#include "sql/select_plan.h"

/* ---- Conditions ---- */

struct mdl_expr *mdl_binder_both(struct mdl_binder *b, struct mdl_expr *x, struct mdl_expr *y)
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
	st->residual = mdl_binder_both(b, st->residual, e);
}

/* ---- Joins ---- */

struct mdl_slice mdl_binder_last_part(struct mdl_slice name)
{
	const char *dot = name.n ? memrchr(name.p, '.', name.n) : NULL;
	return dot ? (struct mdl_slice){dot + 1, (size_t)(name.p + name.n - dot - 1)} : name;
}

/* The relation of the table NAME: by its whole name, else by its last part; 0 when there is none. */
size_t mdl_binder_find_table(const struct mdl_binder *b, struct mdl_slice name)
{
	for (int whole = 1; whole >= 0; whole--)
		for (size_t i = 0; i < b->r.ntables; i++)
			if (mdl_slice_eq_nocase(b->r.tables[i].name,
						whole ? name : mdl_binder_last_part(name)))
				return i + 1;
	return 0;
}

static int no_table(struct mdl_binder *b, const struct mdl_select *sel, const struct mdl_relation *rel)
{
	struct mdl_slice last = mdl_binder_last_part(rel->name);
	if (rel->stream)
		return mdl_binder_refuse_at(
			b, sel, rel->pos,
			"medal does not carry out joins of two streams; the stream stands first in FROM, and a "
			"table behind JOIN");
	return mdl_parse_error_at(
		sel->items[0].expr->src, rel->pos, b->r.err,
		"[TABLE_OR_VIEW_NOT_FOUND] The table or view `%.*s` cannot be found; give it with --table %.*s=PATH",
		(int)rel->name.n, rel->name.p, (int)last.n, last.p);
}

/* May the table of relation TABLE be joined (once)? */
static int check_table(struct mdl_binder *b, const struct mdl_select *sel, const struct mdl_relation *rel,
		       size_t table)
{
	for (size_t i = 0; i < b->out->nsteps; i++) {
		if (b->out->steps[i].kind == MDL_STEP_JOIN && b->out->steps[i].table == table)
			return mdl_parse_error_at(
				sel->items[0].expr->src, rel->pos, b->r.err,
				"[UNSUPPORTED_FEATURE] the table `%.*s` is joined twice; give it "
				"two names, as in --table a=PATH --table b=PATH",
				(int)rel->name.n, rel->name.p);
	}
	return 0;
}

/* What stands on the right of a join: a table, or SELECT ... FROM table WHERE ... over one. */
struct right_side {
	struct mdl_scope_relation rel;
	size_t table;
	struct mdl_expr *filter; /* or NULL */
	bool computed;           /* a column of it is more than a column of the table */
};

static int bind_right(struct mdl_binder *b, const struct mdl_select *sel, const struct mdl_relation *rel,
		      const struct mdl_binder_names *names, struct right_side *r);

/* The columns and the filter of Q, a query over one table. */
static int bind_right_query(struct mdl_binder *b, const struct mdl_select *q,
			    const struct mdl_binder_names *outer, struct right_side *r,
			    struct mdl_binder_items *l)
{
	const struct mdl_binder_names names = {q->with, q->nwith, outer};
	struct mdl_scope s = {.v = &r->rel, .n = 1};
	bool grouped = q->ngroup || q->group_all || q->having || q->distinct;
	for (size_t i = 0; i < q->nitems; i++)
		grouped |= mdl_agg_find(q->items[i].expr) || mdl_binder_find_generator(q->items[i].expr);
	if (!q->has_from || q->njoins || grouped)
		return mdl_binder_refuse_at(
			b, q, q->pos,
			"medal does not carry out a join with a query that is more than SELECT ... FROM table "
			"WHERE ... (make it a table of its own)");
	if (bind_right(b, q, &q->from, &names, r) < 0)
		return -1;
	struct mdl_expr *filter = q->where ? mdl_resolve_expr(&b->r, &s, q->where) : NULL;
	if (q->where && !filter)
		return -1;
	if (filter)
		r->filter = mdl_binder_both(b, r->filter, filter);
	for (size_t i = 0; i < q->nitems; i++) {
		const struct mdl_select_item *it = &q->items[i];
		if (it->expr->kind == MDL_E_STAR) {
			if (mdl_binder_star(b, &s, it->expr, l) < 0)
				return -1;
			continue;
		}
		struct mdl_expr *e = mdl_resolve_expr(&b->r, &s, it->expr);
		if (!e || mdl_resolve_check_item(&b->r, e) < 0)
			return -1;
		r->computed |= e->kind != MDL_E_COLUMN;
		struct mdl_bound_item *x = mdl_binder_item(b, l);
		x->expr = e;
		x->name = mdl_select_plan_name(b->r.a, it);
	}
	return 0;
}

static int bind_right(struct mdl_binder *b, const struct mdl_select *sel, const struct mdl_relation *rel,
		      const struct mdl_binder_names *names, struct right_side *r)
{
	struct mdl_binder_names seen;
	const struct mdl_with *w =
		rel->name.n && !rel->query ? mdl_binder_find_with(names, rel, &seen) : NULL;
	struct mdl_slice qualifier = rel->alias.n ? rel->alias : mdl_binder_last_part(rel->name);
	if (rel->query || w) {
		struct mdl_binder_items l = {0};
		if (bind_right_query(b, w ? w->query : rel->query, w ? &seen : names, r, &l) < 0 ||
		    (w && w->ncolumns && mdl_binder_rename(b, w, &l) < 0))
			return -1;
		r->rel = (struct mdl_scope_relation){
			.qualifier = qualifier, .relation = MDL_SCOPE_DERIVED, .items = l.v, .nitems = l.n};
		return 0;
	}
	*r = (struct right_side){.table = rel->stream ? 0 : mdl_binder_find_table(b, rel->name)};
	r->rel = (struct mdl_scope_relation){.qualifier = qualifier, .relation = r->table};
	return r->table ? check_table(b, sel, rel, r->table) : no_table(b, sel, rel);
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
		bool known = right->relation == MDL_SCOPE_DERIVED || mdl_scope_schema(&b->r, right);
		struct mdl_expr *l = mdl_resolve_expr(&b->r, s, &at), *r;
		if (!l)
			return -1;
		r = known ? mdl_resolve_expr(&b->r, &one, &at)
			  : mdl_resolve_column(&b->r, right->relation, j->using_names[i], &at);
		if (!r)
			return -1;
		add_key(b, st, l, r, false);
	}
	right->hidden = j->using_names;
	right->nhidden = j->nusing;
	return 0;
}

/* The columns of NATURAL: those that both sides have. */
static int natural_names(struct mdl_binder *b, const struct mdl_scope *s, const struct mdl_select *sel,
			 const struct mdl_scope_relation *right, struct mdl_join *j)
{
	bool derived = right->relation == MDL_SCOPE_DERIVED;
	const struct mdl_schema *c = derived ? NULL : mdl_scope_schema(&b->r, right);
	size_t n = derived ? right->nitems : c ? c->st->ncolumns : 0;
	if (mdl_scope_open(&b->r, s))
		return mdl_binder_refuse_at(
			b, sel, j->right.pos,
			"medal does not carry out a NATURAL join of a stream without declared columns (--schema, or "
			"name the columns with USING)");
	j->using_names = mdl_arena_alloc(b->r.a, (n + 1) * sizeof(*j->using_names));
	for (size_t i = 0; i < n; i++) {
		struct mdl_slice name = derived ? right->items[i].name : c->st->columns[i].name;
		if (mdl_scope_knows(&b->r, s, name))
			j->using_names[j->nusing++] = name;
	}
	return 0;
}

int mdl_binder_join(struct mdl_binder *b, struct mdl_scope *s, const struct mdl_select *sel,
		    const struct mdl_join *join, const struct mdl_binder_names *names)
{
	struct mdl_join natural = *join, *j = &natural;
	struct right_side side = {0};
	if (bind_right(b, sel, &j->right, names, &side) < 0)
		return -1;
	struct mdl_scope_relation right = side.rel;
	if (right.qualifier.n && mdl_scope_find(s, right.qualifier))
		return mdl_parse_error_at(
			sel->items[0].expr->src, j->right.pos, b->r.err,
			"[AMBIGUOUS_REFERENCE] two relations in FROM are named `%.*s`; give one an "
			"alias",
			(int)right.qualifier.n, right.qualifier.p);
	if (side.computed && j->kind == MDL_JOIN_LEFT)
		return mdl_binder_refuse_at(
			b, sel, j->right.pos,
			"medal does not carry out a LEFT JOIN with a query that computes columns (compute them in "
			"the outer SELECT)");
	if (j->natural && natural_names(b, s, sel, &right, j) < 0)
		return -1;
	struct mdl_step *st = mdl_binder_step(b, MDL_STEP_JOIN);
	st->join = j->kind;
	st->table = side.table;
	st->at = j->on;
	st->residual = side.filter;
	if (j->nusing && join_using(b, s, &right, st, sel, j) < 0)
		return -1;
	if (j->on) {
		/* The condition sees both sides, also of a SEMI or ANTI join; what follows sees the left alone. */
		struct mdl_scope wide = {.outer = s->outer};
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

/* ---- Subqueries in WHERE ---- */

static struct mdl_expr *is_null(struct mdl_binder *b, struct mdl_expr *x)
{
	struct mdl_expr *e = mdl_arena_zalloc(b->r.a, sizeof(*e));
	*e = (struct mdl_expr){.kind = MDL_E_IS,
			       .is_what = MDL_IS_NULL,
			       .pos = x->pos,
			       .end = x->end,
			       .src = x->src,
			       .nargs = 1,
			       .depth = x->depth + 1};
	e->args = mdl_arena_alloc(b->r.a, sizeof(x));
	e->args[0] = x;
	return e;
}

static struct mdl_expr *true_at(struct mdl_binder *b, const struct mdl_expr *x)
{
	struct mdl_expr *e = mdl_arena_zalloc(b->r.a, sizeof(*e));
	*e = (struct mdl_expr){.kind = MDL_E_LITERAL,
			       .pos = x->pos,
			       .end = x->end,
			       .src = x->src,
			       .depth = 1,
			       .type = &mdl_type_boolean,
			       .value = {.type = &mdl_type_boolean, .b8 = true}};
	return e;
}

/* A semi or anti join by the rows of SIDE for which REST is true; its key is the caller's. */
static struct mdl_step *half_join(struct mdl_binder *b, const struct mdl_expr *at, bool anti,
				  const struct right_side *side, struct mdl_expr *rest)
{
	struct mdl_step *st = mdl_binder_step(b, MDL_STEP_JOIN);
	st->join = anti ? MDL_JOIN_ANTI : MDL_JOIN_SEMI;
	st->table = side->table;
	st->at = at;
	if (rest)
		split_condition(b, st, rest);
	return st;
}

/* X IN (Q) and EXISTS (Q), X being NULL, of a WHERE are semi joins. NOT EXISTS is an anti join; NOT IN is more: it is not
 * true either where X is NULL and Q has a row, or where Q has a NULL, which two further anti joins see to. */
static int bind_subquery(struct mdl_binder *b, const struct mdl_scope *s, const struct mdl_expr *e,
			 bool negate, const struct mdl_binder_names *outer)
{
	const struct mdl_select *q = e->query;
	const struct mdl_binder_names names = {q->with, q->nwith, outer};
	struct right_side side = {0};
	bool grouped = q->ngroup || q->group_all || q->having, in = e->kind == MDL_E_IN;
	for (size_t i = 0; i < q->nitems; i++)
		grouped |= mdl_agg_find(q->items[i].expr) || mdl_binder_find_generator(q->items[i].expr);
	if (grouped || q->njoins || !q->has_from ||
	    (in && (q->nitems != 1 || q->items[0].expr->kind == MDL_E_STAR)))
		return mdl_binder_refuse(
			b, e,
			"medal does not carry out a subquery that is more than (SELECT y FROM table WHERE ...) "
			"(use LEFT SEMI JOIN or LEFT ANTI JOIN)");
	if (bind_right(b, q, &q->from, &names, &side) < 0)
		return -1;
	struct mdl_scope inner = {.v = &side.rel, .n = 1, .outer = s};
	struct mdl_expr *x = in ? mdl_resolve_expr(&b->r, s, e->args[0]) : NULL;
	struct mdl_expr *y = in && x ? mdl_resolve_expr(&b->r, &inner, q->items[0].expr) : NULL;
	struct mdl_expr *rest = q->where ? mdl_resolve_expr(&b->r, &inner, q->where) : NULL;
	if ((in && !y) || (q->where && !rest))
		return -1;
	if (y && (uses(y, side.table) & USES_LEFT))
		return mdl_binder_refuse(
			b, q->items[0].expr,
			"medal does not carry out a subquery in IN that gives a column of the query round it");
	for (size_t i = 0; !in && i < q->nitems; i++)
		if (q->items[i].expr->kind != MDL_E_STAR &&
		    !mdl_resolve_expr(&b->r, &inner, q->items[i].expr))
			return -1;
	if (side.filter)
		rest = rest ? mdl_binder_both(b, side.filter, rest) : side.filter;
	struct mdl_step *st = half_join(b, e, negate, &side, rest);
	if (in)
		add_key(b, st, x, y, false);
	if (in && negate) {
		st = half_join(b, e, true, &side, rest);
		add_key(b, st, is_null(b, x), true_at(b, y), false);
		st = half_join(b, e, true, &side, rest);
		add_key(b, st, true_at(b, x), is_null(b, y), false);
	}
	return 0;
}

/* WHERE's parts with a subquery become steps; what is left of it is given back, NULL when nothing is. */
struct mdl_expr *mdl_binder_subqueries(struct mdl_binder *b, const struct mdl_scope *s, struct mdl_expr *e,
				       const struct mdl_binder_names *names, int *rc)
{
	bool no = e->kind == MDL_E_UNARY && e->op == MDL_OP_NOT;
	const struct mdl_expr *x = no ? e->args[0] : e;
	if (x->query) {
		*rc = *rc ? *rc : bind_subquery(b, s, x, x->negate != no, names);
		return NULL;
	}
	if (e->kind != MDL_E_BINARY || e->op != MDL_OP_AND)
		return e;
	struct mdl_expr *l = mdl_binder_subqueries(b, s, e->args[0], names, rc),
			*r = mdl_binder_subqueries(b, s, e->args[1], names, rc);
	return l == e->args[0] && r == e->args[1] ? e : r ? mdl_binder_both(b, l, r) : l;
}
