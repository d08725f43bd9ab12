/* SPDX-License-Identifier: MIT
 *
 * Arrays as sets and in order: distinct, union, intersect, except, overlap, the least
 * and the greatest, sorting, sequences. Equal is what mdl_vec_compare finds equal, NULL too.
 */
#include <stdlib.h>
#include <string.h>

#include "base/timestamp.h"
#include "sql/calendar.h"
#include "sql/func_interval.h"
#include "sql/func_list.h"
#include "sql/func_timetext.h"

/* ---- sets ---- */

/* Elements of a row in order, for finding one fast: pairs of a vector and a place. */
struct item {
	const struct mdl_vec *v;
	size_t at;
};

static int order(const void *a, const void *b)
{
	const struct item *x = a, *y = b;
	int c = mdl_vec_compare(x->v, x->at, y->v, y->at);
	if (c)
		return c;
	return x->v == y->v ? (x->at > y->at) - (x->at < y->at) : x->v < y->v ? -1 : 1;
}

static struct item *sorted(struct mdl_arena *a, const struct mdl_vec *list, struct mdl_span s)
{
	struct item *items = mdl_arena_alloc(a, (s.n + 1) * sizeof(*items));
	for (uint32_t i = 0; i < s.n; i++)
		items[i] = (struct item){list->child[0], s.at + i};
	qsort(items, s.n, sizeof(*items), order);
	return items;
}

/* The first of ITEMS that equals X, or NULL. */
static const struct item *find(const struct item *items, size_t n, struct item x)
{
	size_t lo = 0, hi = n;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (mdl_vec_compare(items[mid].v, items[mid].at, x.v, x.at) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < n && mdl_vec_compare(items[lo].v, items[lo].at, x.v, x.at) == 0 ? &items[lo] : NULL;
}

/* Sets keep 0.0 where -0.0 came. */
static void plain_zero(struct mdl_grow *g)
{
	if (mdl_type_is_fractional(g->v->type) && g->n)
		g->v->f64[g->n - 1] += 0.0;
	for (size_t i = 0; g->v->type->kind == MDL_T_STRUCT && i < g->nchild; i++)
		plain_zero(&g->child[i]);
}

/* Add each element of list K of ROW that is the first of its kind there, and that OTHER has or has not. */
static void add_distinct(struct mdl_grow *g, struct mdl_fn_ctx *ctx, struct mdl_vec *const *args, size_t k,
			 size_t row, const struct item *other, size_t nother, bool wanted)
{
	struct mdl_span s = mdl_arg_span(args, k, row);
	struct item *own = sorted(ctx->arena, args[k], s);
	for (uint32_t i = 0; i < s.n; i++) {
		struct item x = {args[k]->child[0], s.at + i};
		if (find(own, s.n, x)->at == x.at && (!other || (find(other, nother, x) != NULL) == wanted))
			mdl_grow_add(g, x.v, x.at), plain_zero(g);
	}
}

static int resolve_same(struct mdl_call *call, struct mdl_err *err)
{
	if (mdl_list_need(call, 0, MDL_T_ARRAY, false, err) < 0 || mdl_list_same(call, err) < 0)
		return -1;
	return mdl_list_ordered(call, call->result->element, err);
}

static void f_distinct(MDL_FN_PARAMS)
{
	struct mdl_grow g;
	(void)nargs;
	mdl_grow_init(&g, ctx, out->type->element, n);
	MDL_EACH(row, sel, n)
	{
		mdl_grow_begin(&g, out, row);
		add_distinct(&g, ctx, args, 0, row, NULL, 0, false);
		mdl_grow_end(&g, out, row);
	}
	mdl_grow_finish(out, ctx->arena, &g, NULL);
}

static void f_union(MDL_FN_PARAMS)
{
	struct mdl_grow g;
	(void)nargs;
	mdl_grow_init(&g, ctx, out->type->element, n);
	MDL_EACH(row, sel, n)
	{
		struct mdl_span s = mdl_arg_span(args, 0, row);
		mdl_grow_begin(&g, out, row);
		add_distinct(&g, ctx, args, 0, row, NULL, 0, false);
		add_distinct(&g, ctx, args, 1, row, sorted(ctx->arena, args[0], s), s.n, false);
		mdl_grow_end(&g, out, row);
	}
	mdl_grow_finish(out, ctx->arena, &g, NULL);
}

static void choose(MDL_FN_PARAMS, bool wanted)
{
	struct mdl_grow g;
	(void)nargs;
	mdl_grow_init(&g, ctx, out->type->element, n);
	MDL_EACH(row, sel, n)
	{
		struct mdl_span s = mdl_arg_span(args, 1, row);
		mdl_grow_begin(&g, out, row);
		add_distinct(&g, ctx, args, 0, row, sorted(ctx->arena, args[1], s), s.n, wanted);
		mdl_grow_end(&g, out, row);
	}
	mdl_grow_finish(out, ctx->arena, &g, NULL);
}

static void f_intersect(MDL_FN_PARAMS)
{
	choose(ctx, args, nargs, sel, n, out, true);
}

static void f_except(MDL_FN_PARAMS)
{
	choose(ctx, args, nargs, sel, n, out, false);
}

static int resolve_overlap(struct mdl_call *call, struct mdl_err *err)
{
	if (resolve_same(call, err) < 0)
		return -1;
	call->result = &mdl_type_boolean;
	return 0;
}

/* NULL when they have none in common, but a NULL in one might be in the other. */
static void f_overlap(MDL_FN_PARAMS)
{
	(void)nargs;
	MDL_EACH(row, sel, n)
	{
		struct mdl_span s = mdl_arg_span(args, 0, row), t = mdl_arg_span(args, 1, row);
		const struct mdl_vec *a = args[0]->child[0], *b = args[1]->child[0];
		struct item *other = sorted(ctx->arena, args[1], t);
		bool found = false, unknown = t.n && !b->valid[mdl_row(b, other[0].at)];
		for (uint32_t i = 0; i < s.n && !found; i++) {
			bool valid = a->valid[mdl_row(a, s.at + i)];
			unknown |= !valid;
			found = valid && find(other, t.n, (struct item){a, s.at + i});
		}
		out->b8[row] = found;
		out->valid[row] = found || !unknown || !s.n || !t.n;
	}
}

/* ---- order ---- */

static int resolve_best(struct mdl_call *call, struct mdl_err *err)
{
	if (mdl_list_need(call, 0, MDL_T_ARRAY, false, err) < 0)
		return -1;
	call->result = call->args[0]->element;
	return mdl_list_ordered(call, call->result, err);
}

static void best_of(struct mdl_vec *const *args, const uint32_t *sel, size_t n, struct mdl_vec *out, int sign)
{
	MDL_EACH(row, sel, n)
	{
		struct mdl_span s = mdl_arg_span(args, 0, row);
		const struct mdl_vec *items = args[0]->child[0];
		uint32_t best = s.n;
		for (uint32_t i = 0; i < s.n; i++)
			if (items->valid[mdl_row(items, s.at + i)] &&
			    (best == s.n || mdl_vec_compare(items, s.at + i, items, s.at + best) * sign > 0))
				best = i;
		if (best < s.n)
			mdl_vec_copy(out, row, items, s.at + best);
		else
			out->valid[row] = 0;
	}
}

static void f_min(MDL_FN_PARAMS)
{
	MDL_FN_UNUSED;
	best_of(args, sel, n, out, -1);
}

static void f_max(MDL_FN_PARAMS)
{
	MDL_FN_UNUSED;
	best_of(args, sel, n, out, 1);
}

static int resolve_sort(struct mdl_call *call, struct mdl_err *err)
{
	if (mdl_list_need(call, 0, MDL_T_ARRAY, false, err) < 0)
		return -1;
	if (call->nargs > 1 && call->args[1]->kind != MDL_T_BOOLEAN && call->args[1]->kind != MDL_T_NULL)
		return mdl_list_mismatch(call, "UNEXPECTED_INPUT_TYPE",
					 "the second parameter requires the \"BOOLEAN\" type", err);
	if (call->nargs > 1)
		call->args[1] = &mdl_type_boolean;
	call->result = call->args[0];
	return mdl_list_ordered(call, call->result->element, err);
}

/* sort_array: NULLs first, or last when descending. array_sort: always last. */
static void sort(MDL_FN_PARAMS, bool nulls_last)
{
	struct mdl_grow g;
	mdl_grow_init(&g, ctx, out->type->element, n);
	MDL_EACH(row, sel, n)
	{
		struct mdl_span s = mdl_arg_span(args, 0, row);
		struct item *items = sorted(ctx->arena, args[0], s);
		bool down = nargs > 1 && !args[1]->b8[mdl_row(args[1], row)];
		uint32_t nulls = 0;
		out->span[row] = (struct mdl_span){(uint32_t)g.n, s.n};
		while (nulls < s.n && !items[nulls].v->valid[mdl_row(items[nulls].v, items[nulls].at)])
			nulls++;
		for (uint32_t i = 0; i < s.n && !down; i++) {
			uint32_t k = nulls_last ? (i + nulls) % s.n : i;
			mdl_grow_add(&g, items[k].v, items[k].at);
		}
		/* Downwards equal ones keep their order. */
		for (uint32_t to = s.n, at; down && to > 0; to = at) {
			for (at = to - 1; at > 0 && mdl_vec_compare(items[at - 1].v, items[at - 1].at,
								    items[at].v, items[at].at) == 0;)
				at--;
			for (uint32_t k = at; k < to; k++)
				mdl_grow_add(&g, items[k].v, items[k].at);
		}
	}
	mdl_grow_finish(out, ctx->arena, &g, NULL);
}

static void f_sort_array(MDL_FN_PARAMS)
{
	sort(ctx, args, nargs, sel, n, out, false);
}

static void f_array_sort(MDL_FN_PARAMS)
{
	sort(ctx, args, nargs, sel, n, out, true);
}

/* ---- sequence ---- */

/* The step is of whole numbers, of months or of microseconds. */
static int resolve_sequence(struct mdl_call *call, struct mdl_err *err)
{
	const struct mdl_type *a = call->args[0], *b = call->args[1], *t;
	bool whole = mdl_type_is_integral(a) && mdl_type_is_integral(b);
	if (whole)
		t = a->kind > b->kind ? a : b;
	else if (mdl_type_is_datetime(a) && mdl_type_is_datetime(b))
		t = a->kind > b->kind ? a : b;
	else
		return mdl_list_mismatch(call, "SEQUENCE_WRONG_INPUT_TYPES",
					 "`sequence` uses whole numbers, dates or timestamps as its ends",
					 err);
	if (call->nargs > 2) {
		enum mdl_kind k = call->args[2]->kind;
		if (whole ? !mdl_type_is_integral(call->args[2])
			  : k != MDL_T_INTERVAL_DT && k != MDL_T_INTERVAL_YM && k != MDL_T_INTERVAL)
			return mdl_list_mismatch(call, "SEQUENCE_WRONG_INPUT_TYPES",
						 "the step of `sequence` does not fit its ends", err);
		if (whole)
			call->args[2] = t;
	}
	call->args[0] = call->args[1] = t;
	call->result = mdl_type_array(call->arena, t);
	return 0;
}

struct steps {
	const struct mdl_type *type;
	const struct mdl_zone *zone; /* of the session for TIMESTAMP, else UTC */
	struct mdl_interval all;     /* the step, where it has months and days in one */
	bool calendar;
	int64_t from, to, step; /* of whole numbers, days, or microseconds */
	bool months, clock;     /* clock: of timestamps */
};

static bool calendar_step_at(const struct steps *s, int64_t i, int64_t *v)
{
	struct mdl_interval far;
	int64_t unit = s->clock ? 1 : MDL_US_DAY, from;
	if (__builtin_mul_overflow(s->all.months, i, &far.months) ||
	    __builtin_mul_overflow(s->all.days, i, &far.days) ||
	    __builtin_mul_overflow(s->all.us, i, &far.us) || __builtin_mul_overflow(s->from, unit, &from) ||
	    !mdl_calendar_move(from, far, s->zone, v))
		return false;
	*v = mdl_floor_div(*v, unit);
	return s->step > 0 ? *v <= s->to : *v >= s->to;
}

/* Value I, false when it is beyond the end. Months count from the start, so that a 31st stays one, and days by the wall
 * clock. */
static bool step_at(const struct steps *s, int64_t i, int64_t *v)
{
	int64_t far;
	bool ok;
	if (s->calendar)
		return calendar_step_at(s, i, v);
	if (__builtin_mul_overflow(i, s->step, &far))
		return false;
	if (s->clock && s->months)
		ok = mdl_interval_move_months(s->from, far, s->zone, v);
	else if (s->clock)
		ok = mdl_interval_move_days(s->from, i * (s->step / MDL_US_DAY), i * (s->step % MDL_US_DAY),
					    s->zone, v);
	else if (s->months)
		ok = (*v = mdl_timestamp_add_months(s->from, far), true);
	else
		ok = !__builtin_add_overflow(s->from, far, v);
	return ok && (s->step > 0 ? *v <= s->to : *v >= s->to);
}

static bool begin_steps(struct steps *s, struct mdl_vec *const *args, size_t nargs, size_t row)
{
	s->from = mdl_arg_int(args, 0, row);
	s->to = mdl_arg_int(args, 1, row);
	s->months = nargs > 2 && args[2]->type->kind == MDL_T_INTERVAL_YM;
	s->clock = s->type->kind == MDL_T_TIMESTAMP || s->type->kind == MDL_T_TIMESTAMP_NTZ;
	s->calendar = nargs > 2 && args[2]->type->kind == MDL_T_INTERVAL;
	if (s->calendar) {
		mdl_i128 us; /* of a month of 28 days: its sign says where the steps lead */
		s->all = mdl_calendar_unpack(args[2]->i128[mdl_row(args[2], row)]);
		us = ((mdl_i128)s->all.months * 28 + s->all.days) * MDL_US_DAY + s->all.us;
		s->step = us > 0 ? 1 : us < 0 ? -1 : 0;
		if (s->type->kind == MDL_T_DATE && !s->all.months && !s->all.days)
			return false;
	} else if (nargs > 2) {
		s->step = mdl_arg_int(args, 2, row);
		if (s->type->kind == MDL_T_DATE && !s->months) {
			if (s->step % MDL_US_DAY)
				return false;
			s->step /= MDL_US_DAY;
		}
	} else {
		int64_t one = s->clock ? MDL_US_DAY : 1;
		s->step = s->from <= s->to ? one : -one;
	}
	if (s->step == 0)
		return s->type->kind != MDL_T_DATE && s->from == s->to;
	return s->from == s->to || (s->step > 0) == (s->from < s->to);
}

static void f_sequence(MDL_FN_PARAMS)
{
	enum { MOST = 1 << 26 };
	struct steps s = {.type = out->type->element};
	struct mdl_grow g;
	s.zone = s.type->kind == MDL_T_TIMESTAMP ? mdl_timetext_zone(ctx) : mdl_zone_utc;
	mdl_grow_init(&g, ctx, s.type, n);
	MDL_EACH(row, sel, n)
	{
		int64_t v, i = 0;
		mdl_grow_begin(&g, out, row);
		if (!begin_steps(&s, args, nargs, row)) {
			mdl_fn_fail(ctx, out, row, "_LEGACY_ERROR_TEMP_3242",
				    "Illegal sequence boundaries: the step leads away from the end");
			continue;
		}
		for (; i < MOST && step_at(&s, i, &v); i++) {
			mdl_grow_row(&g);
			g.v->i64[g.n - 1] = v;
			if (s.step == 0)
				break;
		}
		if (i == MOST)
			mdl_fn_fail(ctx, out, row, "COLLECTION_SIZE_LIMIT_EXCEEDED.PARAMETER",
				    "a sequence of more than %d elements", (int)MOST);
		mdl_grow_end(&g, out, row);
	}
	mdl_grow_finish(out, ctx->arena, &g, NULL);
}

enum { S = MDL_FN_STRICT, F = MDL_FN_CAN_FAIL };

const struct mdl_fn mdl_func_set[] = {
	{"array_distinct", 1, 1, S, NULL, resolve_same, NULL, f_distinct},
	{"array_union", 2, 2, S, NULL, resolve_same, NULL, f_union},
	{"array_intersect", 2, 2, S, NULL, resolve_same, NULL, f_intersect},
	{"array_except", 2, 2, S, NULL, resolve_same, NULL, f_except},
	{"arrays_overlap", 2, 2, S, NULL, resolve_overlap, NULL, f_overlap},
	{"array_min", 1, 1, S, NULL, resolve_best, NULL, f_min},
	{"array_max", 1, 1, S, NULL, resolve_best, NULL, f_max},
	{"sort_array", 1, 2, S, NULL, resolve_sort, NULL, f_sort_array},
	{"array_sort", 1, 1, S, NULL, resolve_sort, NULL, f_array_sort},
	{"sequence", 2, 3, S | F, NULL, resolve_sequence, NULL, f_sequence},
	{NULL, 0, 0, 0, NULL, NULL, NULL, NULL},
};
