/* SPDX-License-Identifier: MIT
 *
 * SELECT ... GROUP BY in its parts: see aggregate_plan.h. The expressions of the
 * select list are copied with keys, window bounds and aggregate calls replaced by
 * inputs of the result program. They are compared as written; names are resolved
 * where an expression goes into a program over the rows.
 */
#include "sql/aggregate_plan.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/interval.h"
#include "sql/binder.h"
#include "sql/coerce.h"
#include "sql/parse.h"
#include "sql/select_plan.h"

static const struct {
	const char *word, *name;
	enum mdl_agg_kind kind;
	uint8_t min_args, max_args;
} functions[] = {
	{"count", "count", MDL_AGG_COUNT, 1, MDL_AGG_MAX_ARGS},
	{"count_if", "count_if", MDL_AGG_COUNT_IF, 1, 1},
	{"sum", "sum", MDL_AGG_SUM, 1, 1},
	{"avg", "avg", MDL_AGG_AVG, 1, 1},
	{"mean", "mean", MDL_AGG_AVG, 1, 1},
	{"min", "min", MDL_AGG_MIN, 1, 1},
	{"max", "max", MDL_AGG_MAX, 1, 1},
	{"first", "first", MDL_AGG_FIRST, 1, 1},
	{"first_value", "first_value", MDL_AGG_FIRST, 1, 1},
	{"any_value", "any_value", MDL_AGG_FIRST, 1, 1},
	{"last", "last", MDL_AGG_LAST, 1, 1},
	{"last_value", "last_value", MDL_AGG_LAST, 1, 1},
	{"min_by", "min_by", MDL_AGG_MIN_BY, 2, 2},
	{"max_by", "max_by", MDL_AGG_MAX_BY, 2, 2},
	{"bool_and", "bool_and", MDL_AGG_BOOL_AND, 1, 1},
	{"every", "every", MDL_AGG_BOOL_AND, 1, 1},
	{"bool_or", "bool_or", MDL_AGG_BOOL_OR, 1, 1},
	{"some", "some", MDL_AGG_BOOL_OR, 1, 1},
	{"any", "any", MDL_AGG_BOOL_OR, 1, 1},
	{"stddev", "stddev", MDL_AGG_STDDEV_SAMP, 1, 1},
	{"stddev_samp", "stddev_samp", MDL_AGG_STDDEV_SAMP, 1, 1},
	{"std", "std", MDL_AGG_STDDEV_SAMP, 1, 1},
	{"stddev_pop", "stddev_pop", MDL_AGG_STDDEV_POP, 1, 1},
	{"variance", "variance", MDL_AGG_VAR_SAMP, 1, 1},
	{"var_samp", "var_samp", MDL_AGG_VAR_SAMP, 1, 1},
	{"var_pop", "var_pop", MDL_AGG_VAR_POP, 1, 1},
	{"collect_list", "collect_list", MDL_AGG_COLLECT_LIST, 1, 1},
	{"array_agg", "array_agg", MDL_AGG_COLLECT_LIST, 1, 1},
	{"collect_set", "collect_set", MDL_AGG_COLLECT_SET, 1, 1},
};

enum { NFUNCTIONS = sizeof(functions) / sizeof(*functions) };

static bool is_call(const struct mdl_expr *e, const char *name)
{
	return e->kind == MDL_E_CALL && strlen(name) == e->name.n &&
	       strncasecmp(e->name.p, name, e->name.n) == 0;
}

static int find_function(const struct mdl_expr *e)
{
	for (int i = 0; i < (int)NFUNCTIONS; i++)
		if (is_call(e, functions[i].word))
			return i;
	return -1;
}

const struct mdl_expr *mdl_agg_find(const struct mdl_expr *e)
{
	if (find_function(e) >= 0)
		return e;
	for (size_t i = 0; i < e->nargs; i++) {
		const struct mdl_expr *x = mdl_agg_find(e->args[i]);
		if (x)
			return x;
	}
	return NULL;
}

struct planner {
	struct mdl_agg_plan *p;
	const struct mdl_select *sel;
	const struct mdl_schema *schema;
	const struct mdl_bind_table *tables;
	size_t ntables;
	const struct mdl_session *session;
	struct mdl_err *err;
	struct mdl_binder b;
	struct mdl_scope scope;       /* of the rows of FROM */
	struct mdl_expr **keys;       /* as grouped by, the window's too */
	struct mdl_expr **bound_keys; /* the same with their names resolved; the window's is NULL */
	size_t nkeys;
	size_t window_key;       /* its place among them */
	struct mdl_expr **calls; /* as written */
	size_t capcalls;
};

static int fail(struct planner *P, const struct mdl_expr *e, const char *msg)
{
	return mdl_parse_error_at(e->src, e->pos, P->err, "%s", msg);
}

static bool is_window(const struct mdl_expr *e)
{
	return is_call(e, "window") || is_call(e, "session_window");
}

static struct mdl_expr *wrap_cast(struct planner *P, struct mdl_expr *e, const struct mdl_type *t)
{
	struct mdl_expr *c = mdl_arena_zalloc(&P->p->arena, sizeof(*c));
	*c = (struct mdl_expr){.kind = MDL_E_CAST,
			       .src = e->src,
			       .pos = e->pos,
			       .end = e->end,
			       .type = t,
			       .nargs = 1,
			       .depth = e->depth + 1};
	c->args = mdl_arena_alloc(&P->p->arena, sizeof(*c->args));
	c->args[0] = e;
	return c;
}

/* E as rows of FROM have it; NULL with err filled. */
static struct mdl_expr *bind(struct planner *P, struct mdl_expr *e)
{
	return mdl_resolve_expr(&P->b.r, &P->scope, e);
}

/* E, bound, as a TIMESTAMP: strings and dates are cast, other types refused. */
static struct mdl_expr *as_time(struct planner *P, struct mdl_expr *e)
{
	const struct mdl_type *t = mdl_binder_type(&P->b, e);
	if (!t)
		return NULL;
	switch (t->kind) {
	case MDL_T_TIMESTAMP:
	case MDL_T_TIMESTAMP_NTZ:
		return e;
	case MDL_T_STRING:
	case MDL_T_DATE:
	case MDL_T_NULL:
		return wrap_cast(P, e, &mdl_type_timestamp);
	case MDL_T_ANY:
		/* Text is a time; a bare number is none, as in Spark (timestamp_millis() makes it one). */
		return wrap_cast(P, wrap_cast(P, e, &mdl_type_string), &mdl_type_timestamp);
	default:
		mdl_parse_error_at(
			e->src, e->pos, P->err,
			"[DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE] an event time must be a \"TIMESTAMP\", not \"%s\" (as in "
			"timestamp_millis(ts))",
			mdl_type_name(&P->p->arena, t));
		return NULL;
	}
}

static int interval_of(struct planner *P, struct mdl_expr *e, int64_t *us)
{
	struct mdl_any x;
	if (mdl_program_constant(&P->p->arena, e, P->session, &x, P->err) < 0)
		return -1;
	if (x.type->kind == MDL_T_INTERVAL_DT) {
		*us = x.i64;
		return 0;
	}
	if (x.type->kind == MDL_T_STRING && mdl_interval_parse_us(x.str, us))
		return 0;
	return fail(
		P, e,
		"[INVALID_INTERVAL_FORMAT] a length as in '10 minutes' must stand here (months and years have no fixed one)");
}

static int plan_window(struct planner *P, struct mdl_expr *e)
{
	struct mdl_window_spec *w = &P->p->window;
	bool session = is_call(e, "session_window");
	if (w->kind != MDL_WINDOW_NONE)
		return fail(P, e, "[UNSUPPORTED_FEATURE] medal groups by one window at a time");
	if (e->nargs < 2 || e->nargs > (session ? 2 : 4))
		return fail(
			P, e,
			session ? "[WRONG_NUM_ARGS.WITHOUT_SUGGESTION] The `session_window` requires 2 parameters"
				: "[WRONG_NUM_ARGS.WITHOUT_SUGGESTION] The `window` requires 2 to 4 parameters");
	w->kind = session ? MDL_WINDOW_SESSION : MDL_WINDOW_TIME;
	if (interval_of(P, e->args[1], &w->duration_us) < 0)
		return -1;
	w->slide_us = w->duration_us;
	if (e->nargs > 2 && interval_of(P, e->args[2], &w->slide_us) < 0)
		return -1;
	if (e->nargs > 3 && interval_of(P, e->args[3], &w->start_us) < 0)
		return -1;
	if (w->duration_us <= 0)
		return fail(P, e,
			    "[DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE] the window's length must be positive");
	if (w->slide_us <= 0 || w->slide_us > w->duration_us)
		return fail(
			P, e,
			"[DATATYPE_MISMATCH.PARAMETER_CONSTRAINT_VIOLATION] the slide must be positive and at most the "
			"window's length");
	int64_t start = w->start_us < 0 ? -w->start_us : w->start_us;
	if (start >= w->slide_us)
		return fail(
			P, e,
			"[DATATYPE_MISMATCH.PARAMETER_CONSTRAINT_VIOLATION] the start must be smaller than the slide");
	struct mdl_expr *time = bind(P, e->args[0]);
	if (!time || !(time = as_time(P, time)) ||
	    (w->time = mdl_program_add(P->p->input, time, P->p->where, 0, NULL, P->err)) < 0)
		return -1;
	const struct mdl_type *t = mdl_binder_type(&P->b, time);
	w->type = t && t->kind == MDL_T_TIMESTAMP_NTZ ? &mdl_type_timestamp_ntz : &mdl_type_timestamp;
	return 0;
}

/* GROUP BY 2, GROUP BY alias: the item meant. */
static struct mdl_expr *key_expr(struct planner *P, struct mdl_expr *e)
{
	const struct mdl_select *s = P->sel;
	if (e->kind == MDL_E_LITERAL && e->type->kind == MDL_T_INT) {
		if (e->value.i64 < 1 || e->value.i64 > (int64_t)s->nitems) {
			mdl_parse_error_at(
				e->src, e->pos, P->err,
				"[GROUP_BY_POS_OUT_OF_RANGE] GROUP BY position %lld is not in select list (valid range is "
				"[1, %zu])",
				(long long)e->value.i64, s->nitems);
			return NULL;
		}
		return s->items[e->value.i64 - 1].expr;
	}
	if (e->kind == MDL_E_COLUMN && e->nparts == 1 && !mdl_scope_knows(&P->b.r, &P->scope, e->parts[0]))
		for (size_t i = 0; i < s->nitems; i++) {
			struct mdl_slice a = s->items[i].alias;
			if (a.n && a.n == e->parts[0].n && strncasecmp(a.p, e->parts[0].p, a.n) == 0)
				return s->items[i].expr;
		}
	return e;
}

static int plan_keys(struct planner *P)
{
	const struct mdl_select *s = P->sel;
	size_t n = s->group_all ? s->nitems : s->ngroup;
	P->keys = mdl_arena_alloc(&P->p->arena, (n + 1) * sizeof(*P->keys));
	P->bound_keys = mdl_arena_zalloc(&P->p->arena, (n + 1) * sizeof(*P->bound_keys));
	P->p->keys = mdl_arena_alloc(&P->p->arena, (n + 1) * sizeof(*P->p->keys));
	for (size_t i = 0; i < n; i++) {
		struct mdl_expr *e = s->group_all ? s->items[i].expr : key_expr(P, s->group[i]);
		if (!e)
			return -1;
		const struct mdl_expr *agg = e->kind == MDL_E_STAR ? NULL : mdl_agg_find(e);
		if (agg && s->group_all)
			continue;
		if (agg)
			return fail(P, agg,
				    "[GROUP_BY_AGGREGATE] Aggregate functions are not allowed in GROUP BY");
		if (is_window(e)) {
			P->window_key = P->nkeys;
			P->keys[P->nkeys++] = e;
			if (plan_window(P, e) < 0)
				return -1;
			continue;
		}
		struct mdl_expr *x = bind(P, e);
		int k = x ? mdl_program_add(P->p->input, x, P->p->where, 0, NULL, P->err) : -1;
		if (k < 0)
			return -1;
		P->bound_keys[P->nkeys] = x;
		P->keys[P->nkeys++] = e;
		P->p->keys[P->p->nkeys++] = k;
	}
	return 0;
}

/* ---- aggregates ---- */

static const struct mdl_type *bounded(unsigned p, unsigned s)
{
	return mdl_type_decimal(p > 38 ? 38 : p, s > 38 ? 38 : s);
}

/* E, bound, as what the argument of C must be. */
static struct mdl_expr *argument(struct planner *P, struct mdl_agg_call *c, struct mdl_expr *e,
				 const struct mdl_expr *call)
{
	const struct mdl_type *t = mdl_binder_type(&P->b, e);
	if (!t)
		return NULL;
	bool number = c->kind == MDL_AGG_SUM || c->kind == MDL_AGG_AVG;
	bool statistic = c->kind >= MDL_AGG_STDDEV_SAMP && c->kind <= MDL_AGG_VAR_POP;
	bool boolean =
		c->kind == MDL_AGG_COUNT_IF || c->kind == MDL_AGG_BOOL_AND || c->kind == MDL_AGG_BOOL_OR;
	const struct mdl_type *want = t;
	if ((number && (t->kind == MDL_T_STRING || t->kind == MDL_T_NULL)) ||
	    (statistic && t->kind != MDL_T_BOOLEAN))
		want = &mdl_type_double;
	bool ok = !number || mdl_type_is_numeric(want) || want->kind == MDL_T_ANY ||
		  t->kind == MDL_T_INTERVAL_DT || t->kind == MDL_T_INTERVAL_YM;
	if (statistic)
		ok = t->kind == MDL_T_ANY || t->kind == MDL_T_STRING || t->kind == MDL_T_NULL ||
		     mdl_type_is_numeric(t);
	if (boolean)
		ok = t->kind == MDL_T_BOOLEAN || t->kind == MDL_T_NULL || t->kind == MDL_T_ANY;
	bool best = c->kind == MDL_AGG_MIN || c->kind == MDL_AGG_MAX;
	if (best && (mdl_type_is_complex(t) || !mdl_type_has_order(t)))
		ok = false;
	if (!ok) {
		struct mdl_buf b = MDL_BUF_INIT(1 << 14);
		mdl_expr_print(&b, call);
		mdl_parse_error_at(
			e->src, e->pos, P->err,
			"[DATATYPE_MISMATCH.%s] Cannot resolve \"%s\" due to data type mismatch: it does not take the type "
			"\"%s\"",
			best && !mdl_type_has_order(t) ? "INVALID_ORDERING_TYPE" : "UNEXPECTED_INPUT_TYPE",
			mdl_buf_cstr(&b), mdl_type_name(&P->p->arena, t));
		mdl_buf_free(&b);
		return NULL;
	}
	return mdl_type_eq(want, t) ? e : wrap_cast(P, e, want);
}

static const struct mdl_type *result_type(struct planner *P, const struct mdl_agg_call *c)
{
	const struct mdl_type *t = c->arg_type;
	switch (c->kind) {
	case MDL_AGG_COUNT:
	case MDL_AGG_COUNT_IF:
		return &mdl_type_bigint;
	case MDL_AGG_SUM:
		if (t->kind == MDL_T_DECIMAL)
			return bounded(t->precision + 10u, t->scale);
		return mdl_type_is_integral(t)     ? &mdl_type_bigint
		       : mdl_type_is_fractional(t) ? &mdl_type_double
						   : t;
	case MDL_AGG_AVG:
		if (t->kind == MDL_T_DECIMAL)
			return bounded(t->precision + 4u, t->scale + 4u);
		return t->kind == MDL_T_INTERVAL_DT || t->kind == MDL_T_INTERVAL_YM ? t : &mdl_type_double;
	case MDL_AGG_BOOL_AND:
	case MDL_AGG_BOOL_OR:
		return &mdl_type_boolean;
	case MDL_AGG_STDDEV_SAMP:
	case MDL_AGG_STDDEV_POP:
	case MDL_AGG_VAR_SAMP:
	case MDL_AGG_VAR_POP:
		return &mdl_type_double;
	case MDL_AGG_COLLECT_LIST:
	case MDL_AGG_COLLECT_SET:
		return mdl_type_array(&P->p->arena, t);
	default:
		return t;
	}
}

/* The call's number; equal calls are one. */
static int plan_call(struct planner *P, struct mdl_expr *e, int f)
{
	struct mdl_agg_plan *p = P->p;
	for (size_t i = 0; i < p->ncalls; i++)
		if (mdl_expr_same(P->calls[i], e))
			return (int)i;
	if (e->nargs < functions[f].min_args || e->nargs > functions[f].max_args)
		return fail(
			P, e,
			"[WRONG_NUM_ARGS.WITHOUT_SUGGESTION] the aggregate does not take that number of parameters");
	for (size_t i = 0; i < e->nargs; i++)
		if (mdl_agg_find(e->args[i]))
			return fail(
				P, e->args[i],
				"[NESTED_AGGREGATE_FUNCTION] It is not allowed to use an aggregate function in the "
				"argument of another aggregate function");
	if (p->ncalls == P->capcalls) {
		size_t cap = P->capcalls ? P->capcalls * 2 : 8;
		struct mdl_agg_call *calls = mdl_arena_zalloc(&p->arena, cap * sizeof(*calls));
		struct mdl_expr **exprs = mdl_arena_zalloc(&p->arena, cap * sizeof(*exprs));
		if (p->ncalls) {
			memcpy(calls, p->calls, p->ncalls * sizeof(*calls));
			memcpy(exprs, P->calls, p->ncalls * sizeof(*exprs));
		}
		p->calls = calls;
		P->calls = exprs;
		P->capcalls = cap;
	}
	struct mdl_agg_call *c = &p->calls[p->ncalls];
	*c = (struct mdl_agg_call){.kind = functions[f].kind,
				   .name = functions[f].name,
				   .distinct = e->distinct,
				   .ignore_nulls = e->ignore_nulls,
				   .filter = MDL_NO_OUTPUT};
	int guard = p->where;
	if (e->filter) {
		if (mdl_agg_find(e->filter))
			return fail(
				P, e->filter,
				"[INVALID_AGGREGATE_FILTER.CONTAINS_AGGREGATE] aggregates cannot stand in FILTER");
		struct mdl_expr *filter = bind(P, e->filter);
		if (!filter || (c->filter = guard = mdl_program_add(p->input, filter, p->where,
								    MDL_OUT_BOOLEAN, NULL, P->err)) < 0)
			return -1;
	}
	bool star = e->nargs == 1 &&
		    (e->args[0]->kind == MDL_E_STAR ||
		     (e->args[0]->kind == MDL_E_LITERAL && e->args[0]->type->kind != MDL_T_NULL));
	for (size_t i = 0; i < e->nargs && !(c->kind == MDL_AGG_COUNT && star && !c->distinct); i++) {
		if (e->args[i]->kind == MDL_E_STAR)
			return fail(P, e->args[i],
				    "[INVALID_USAGE_OF_STAR_OR_REGEX] Invalid usage of '*' in an aggregate");
		struct mdl_expr *x = bind(P, e->args[i]);
		if (!x || !(x = argument(P, c, x, e)) ||
		    (c->args[i] = mdl_program_add(p->input, x, guard, 0, NULL, P->err)) < 0)
			return -1;
		c->nargs++;
		if (i == 0)
			c->arg_type = mdl_binder_type(&P->b, x);
	}
	c->type = result_type(P, c);
	if (c->distinct && !p->not_streaming)
		p->not_streaming =
			"Spark's streaming refuses aggregates of DISTINCT values; here they are exact and kept for each group";
	P->calls[p->ncalls] = e;
	return (int)p->ncalls++;
}

/* ---- the select list over keys and results ---- */

static struct mdl_expr *input_expr(struct planner *P, const struct mdl_expr *e, size_t input)
{
	struct mdl_expr *x = mdl_arena_zalloc(&P->p->arena, sizeof(*x));
	*x = (struct mdl_expr){
		.kind = MDL_E_INPUT, .src = e->src, .pos = e->pos, .end = e->end, .input = input, .depth = 1};
	return x;
}

static struct mdl_expr *name_expr(struct planner *P, const struct mdl_expr *e, const char *name)
{
	struct mdl_expr *x = input_expr(P, e, 0);
	x->kind = MDL_E_LITERAL;
	x->type = x->value.type = &mdl_type_string;
	x->value.str = mdl_slice_of(name);
	return x;
}

static struct mdl_expr *window_struct(struct planner *P, const struct mdl_expr *e)
{
	struct mdl_expr *x = input_expr(P, e, 0);
	x->kind = MDL_E_CALL;
	x->name = MDL_SLICE("named_struct");
	x->nargs = 4;
	x->depth = 2;
	x->args = mdl_arena_alloc(&P->p->arena, 4 * sizeof(*x->args));
	x->args[0] = name_expr(P, e, "start");
	x->args[1] = input_expr(P, e, P->p->nkeys);
	x->args[2] = name_expr(P, e, "end");
	x->args[3] = input_expr(P, e, P->p->nkeys + 1);
	return x;
}

static bool word(struct mdl_slice s, const char *w)
{
	return strlen(w) == s.n && strncasecmp(s.p, w, s.n) == 0;
}

/* window, window.start, window.end where a window is grouped by. */
static struct mdl_expr *window_part(struct planner *P, const struct mdl_expr *e)
{
	if (P->p->window.kind == MDL_WINDOW_NONE)
		return NULL;
	const char *name = P->p->window.kind == MDL_WINDOW_SESSION ? "session_window" : "window";
	struct mdl_slice field = {NULL, 0};
	if (e->kind == MDL_E_COLUMN && word(e->parts[0], name) && e->nparts <= 2) {
		if (e->nparts == 1)
			return window_struct(P, e);
		field = e->parts[1];
	} else if (e->kind == MDL_E_FIELD && mdl_expr_same(e->args[0], P->keys[P->window_key])) {
		field = e->name;
	}
	if (word(field, "start"))
		return input_expr(P, e, P->p->nkeys);
	return word(field, "end") ? input_expr(P, e, P->p->nkeys + 1) : NULL;
}

static int missing(struct planner *P, const struct mdl_expr *e)
{
	struct mdl_buf b = MDL_BUF_INIT(1 << 14);
	mdl_expr_print(&b, e);
	mdl_parse_error_at(
		e->src, e->pos, P->err,
		"[MISSING_AGGREGATION] The non-aggregating expression \"%s\" is based on columns which are not participating "
		"in the GROUP BY clause",
		mdl_buf_cstr(&b));
	mdl_buf_free(&b);
	return -1;
}

/* HAVING may name a column of the select list. */
static struct mdl_expr *having_alias(struct planner *P, const struct mdl_expr *e)
{
	for (size_t i = 0; e->kind == MDL_E_COLUMN && e->nparts == 1 && i < P->sel->nitems; i++)
		if (P->sel->items[i].alias.n == e->parts[0].n && e->parts[0].n &&
		    strncasecmp(P->sel->items[i].alias.p, e->parts[0].p, e->parts[0].n) == 0)
			return P->sel->items[i].expr;
	return NULL;
}

/* A column that is grouped by under another name: t.a where a is. */
static struct mdl_expr *same_column(struct planner *P, struct mdl_expr *e)
{
	size_t key = 0;
	struct mdl_expr *x = bind(P, e);
	if (!x)
		return NULL;
	for (size_t i = 0; i < P->nkeys; i++) {
		if (!P->bound_keys[i])
			continue;
		if (mdl_expr_same(P->bound_keys[i], x))
			return input_expr(P, e, key);
		key++;
	}
	missing(P, e);
	return NULL;
}

/* An argument of E is not grouped by: that E's function is unknown is the better message. */
static struct mdl_expr *blame(struct planner *P, struct mdl_expr *e)
{
	if (e->kind != MDL_E_CALL || mdl_agg_find(e))
		return NULL;
	struct mdl_err kept = *P->err;
	struct mdl_expr *x = bind(P, e);
	if (!x || mdl_binder_type(&P->b, x))
		*P->err = kept;
	return NULL;
}

static struct mdl_expr *rewrite(struct planner *P, struct mdl_expr *e, bool having)
{
	size_t key = 0;
	for (size_t i = 0; i < P->nkeys; i++) {
		bool window = P->p->window.kind != MDL_WINDOW_NONE && i == P->window_key;
		if (mdl_expr_same(P->keys[i], e))
			return window ? window_struct(P, e) : input_expr(P, e, key);
		key += !window;
	}
	struct mdl_expr *w = window_part(P, e);
	if (w)
		return w;
	int f = find_function(e);
	if (f >= 0) {
		int k = plan_call(P, e, f);
		return k < 0 ? NULL : input_expr(P, e, P->p->nkeys + (P->p->window.kind ? 2 : 0) + (size_t)k);
	}
	if (e->kind == MDL_E_COLUMN) {
		struct mdl_expr *item = having ? having_alias(P, e) : NULL;
		return item ? rewrite(P, item, false) : same_column(P, e);
	}
	if (e->kind == MDL_E_STAR) {
		fail(P, e, "[UNSUPPORTED_FEATURE] '*' has no meaning beside GROUP BY");
		return NULL;
	}
	struct mdl_expr *x = mdl_arena_alloc(&P->p->arena, sizeof(*x));
	*x = *e;
	x->args = mdl_arena_alloc(&P->p->arena, (e->nargs + 1) * sizeof(*x->args));
	for (size_t i = 0; i < e->nargs; i++)
		if (!(x->args[i] = rewrite(P, e->args[i], having)))
			return blame(P, e);
	return x;
}

/* ---- the whole ---- */

static int plan_watermark(struct planner *P, const char *text)
{
	struct mdl_agg_plan *p = P->p;
	struct mdl_expr *e = NULL;
	p->watermark = MDL_NO_OUTPUT;
	if (text) {
		struct mdl_source *src = mdl_arena_alloc(&p->arena, sizeof(*src));
		*src = (struct mdl_source){"--watermark", mdl_arena_slice(&p->arena, mdl_slice_of(text))};
		if (mdl_parse_watermark(&p->arena, src, &e, &p->watermark_delay_us, P->err) < 0)
			return -1;
	} else if (p->bound.stream->watermark) {
		e = p->bound.stream->watermark;
		p->watermark_delay_us = p->bound.stream->watermark_delay_us;
	} else if (P->schema && P->schema->st->watermark) {
		e = P->schema->st->watermark;
		p->watermark_delay_us = P->schema->st->watermark_delay_us;
	}
	if (!e)
		return 0;
	struct mdl_scope stream = {0};
	bool own = p->bound.nsteps > 0 && (p->bound.nsteps > 1 || p->bound.steps[0].kind != MDL_STEP_FILTER);
	mdl_binder_stream(&P->b, &stream);
	p->watermark_text = mdl_schema_watermark_text(&p->arena, e, p->watermark_delay_us);
	if (!(e = mdl_resolve_expr(&P->b.r, &stream, e)) || !(e = as_time(P, e)))
		return -1;
	if (own)
		p->event_time = mdl_program_new(P->schema, P->session);
	p->watermark = mdl_program_add(own ? p->event_time : p->input, e, own ? MDL_NO_OUTPUT : p->where, 0,
				       "watermark", P->err);
	return p->watermark < 0 || (own && mdl_program_finish(p->event_time, P->err) < 0) ? -1 : 0;
}

/* The types of the result program's inputs, once the input program knows its own. */
static void result_inputs(struct planner *P)
{
	struct mdl_agg_plan *p = P->p;
	size_t n = 0;
	const struct mdl_type **t = mdl_arena_alloc(&p->arena, (p->nkeys + p->ncalls + 3) * sizeof(*t));
	p->key_types = mdl_arena_alloc(&p->arena, (p->nkeys + 1) * sizeof(*p->key_types));
	for (size_t i = 0; i < p->nkeys; i++)
		t[n++] = p->key_types[i] = mdl_program_type(p->input, p->keys[i]);
	if (p->window.kind) {
		t[n++] = p->window.type;
		t[n++] = p->window.type;
	}
	for (size_t i = 0; i < p->ncalls; i++)
		t[n++] = p->calls[i].type;
	mdl_program_inputs(p->result, t, n);
}

/* FROM and WHERE. */
static int plan_rows(struct planner *P)
{
	struct mdl_agg_plan *p = P->p;
	mdl_binder_init(&P->b, &p->arena, P->schema, P->tables, P->ntables, P->session, &p->bound, P->err);
	if (mdl_binder_from(&P->b, P->sel, &P->scope) < 0 ||
	    !(p->rows =
		      mdl_select_plan_steps(&p->bound, P->schema, P->tables, P->ntables, P->session, P->err)))
		return -1;
	const struct mdl_select_part *last = &p->rows->parts[p->rows->nparts - 1];
	p->input = last->program;
	p->where = last->where;
	return 0;
}

static int plan(struct planner *P, const char *watermark)
{
	struct mdl_agg_plan *p = P->p;
	const struct mdl_select *s = P->sel;
	struct mdl_expr **out = mdl_arena_alloc(&p->arena, (s->nitems + 1) * sizeof(*out)), *having = NULL;
	const struct mdl_expr *agg = s->where ? mdl_agg_find(s->where) : NULL;
	if (s->distinct)
		return fail(P, s->items[0].expr,
			    "[UNSUPPORTED_FEATURE] medal-aggregate does not carry out SELECT DISTINCT");
	if (agg)
		return fail(P, agg,
			    "[INVALID_WHERE_CONDITION] aggregates cannot stand in WHERE (use HAVING)");
	if (plan_rows(P) < 0)
		return -1;
	if (plan_watermark(P, watermark) < 0 || plan_keys(P) < 0)
		return -1;
	for (size_t i = 0; i < s->nitems; i++)
		if (!(out[i] = rewrite(P, s->items[i].expr, false)))
			return -1;
	if (s->having && !(having = rewrite(P, s->having, true)))
		return -1;
	if (!P->nkeys && !p->ncalls)
		return fail(
			P, s->items[0].expr,
			"[UNSUPPORTED_FEATURE] a SELECT without GROUP BY and aggregates is medal-transform's");
	if (mdl_program_finish(p->input, P->err) < 0)
		return -1;
	p->rows->absent = P->b.r.absent;
	p->rows->nabsent = P->b.r.nabsent;
	result_inputs(P);
	if (having && (p->having = mdl_program_add(p->result, having, MDL_NO_OUTPUT, MDL_OUT_BOOLEAN, NULL,
						   P->err)) < 0)
		return -1;
	p->columns = mdl_arena_zalloc(&p->arena, (s->nitems + 1) * sizeof(*p->columns));
	for (size_t i = 0; i < s->nitems; i++) {
		struct mdl_agg_column *c = &p->columns[p->ncolumns++];
		c->name = mdl_select_plan_name(&p->arena, &s->items[i]);
		c->json_name = mdl_select_plan_member(&p->arena, c->name);
		if ((c->output = mdl_program_add(p->result, out[i], p->having, 0, NULL, P->err)) < 0)
			return -1;
	}
	if (mdl_program_finish(p->result, P->err) < 0)
		return -1;
	for (size_t i = 0; i < p->ncolumns; i++)
		p->columns[i].type = mdl_program_type(p->result, p->columns[i].output);
	return 0;
}

struct mdl_agg_plan *mdl_agg_plan_new(const struct mdl_select *sel, const struct mdl_schema *schema,
				      const struct mdl_bind_table *tables, size_t ntables,
				      const struct mdl_session *session, const char *watermark,
				      struct mdl_err *err)
{
	struct mdl_agg_plan *p = mdl_zalloc(sizeof(*p));
	struct planner P = {.p = p,
			    .sel = sel,
			    .schema = schema,
			    .tables = tables,
			    .ntables = ntables,
			    .session = session,
			    .err = err};
	mdl_arena_init(&p->arena);
	p->where = p->having = p->watermark = MDL_NO_OUTPUT;
	p->result = mdl_program_new(NULL, session);
	if (plan(&P, watermark) == 0)
		return p;
	mdl_agg_plan_free(p);
	return NULL;
}

void mdl_agg_plan_free(struct mdl_agg_plan *p)
{
	if (!p)
		return;
	mdl_select_plan_free(p->rows);
	mdl_program_free(p->event_time);
	mdl_program_free(p->result);
	mdl_arena_free(&p->arena);
	free(p);
}

void mdl_agg_plan_ddl(struct mdl_buf *out, const struct mdl_agg_plan *p)
{
	for (size_t i = 0; i < p->ncolumns; i++) {
		if (i)
			mdl_buf_puts(out, ", ");
		mdl_type_quote_name(out, p->columns[i].name);
		mdl_buf_putc(out, ' ');
		mdl_type_ddl(out, p->columns[i].type);
	}
}

static void explain_calls(struct mdl_buf *out, const struct mdl_agg_plan *p, size_t input)
{
	for (size_t i = 0; i < p->ncalls; i++) {
		const struct mdl_agg_call *c = &p->calls[i];
		mdl_buf_printf(out, "aggregate %s%s%s", c->name, c->distinct ? " distinct" : "",
			       c->ignore_nulls ? " ignore nulls" : "");
		for (size_t k = 0; k < c->nargs; k++)
			mdl_buf_printf(out, "%s out %d", k ? "," : "", c->args[k]);
		if (c->filter != MDL_NO_OUTPUT)
			mdl_buf_printf(out, " where out %d", c->filter);
		mdl_buf_printf(out, " -> input[%zu]\n", input + i);
	}
}

void mdl_agg_plan_explain(struct mdl_buf *out, const struct mdl_agg_plan *p,
			  const struct mdl_bind_table *tables)
{
	static const char *const windows[] = {"", "window", "session"};
	size_t input = 0;
	mdl_select_plan_explain(out, p->rows, tables);
	if (p->event_time) {
		mdl_buf_puts(out, "event time\n");
		mdl_program_explain(out, p->event_time);
	}
	if (p->watermark != MDL_NO_OUTPUT)
		mdl_buf_printf(out, "watermark out %d\n", p->watermark);
	for (; input < p->nkeys; input++)
		mdl_buf_printf(out, "key out %d -> input[%zu]\n", p->keys[input], input);
	if (p->window.kind) {
		mdl_buf_printf(out, "%s out %d -> input[%zu] to input[%zu]\n", windows[p->window.kind],
			       p->window.time, input, input + 1);
		input += 2;
	}
	explain_calls(out, p, input);
	mdl_buf_puts(out, "groups\n");
	mdl_program_explain(out, p->result);
	if (p->having != MDL_NO_OUTPUT)
		mdl_buf_printf(out, "having out %d\n", p->having);
	for (size_t i = 0; i < p->ncolumns; i++)
		mdl_buf_printf(out, "%.*s out %d\n", (int)p->columns[i].json_name.n,
			       p->columns[i].json_name.p, p->columns[i].output);
}
