/* SPDX-License-Identifier: MIT
 *
 * Rows added to groups call by call: see agg_batch.h.
 */
#include "op/agg_batch.h"

#include "op/agg_whole.h"
#include "op/any_codec.h"

/* Pairs of a row and its group for one call. */
struct pairs {
	const uint32_t *row;
	struct mdl_group *const *group;
	size_t n, call;
};

static inline struct mdl_agg *agg(const struct pairs *s, size_t i)
{
	return &s->group[i]->aggs[s->call];
}

/* ---- Usual calls ---- */

static void count_all(const struct pairs *s)
{
	for (size_t i = 0; i < s->n; i++)
		agg(s, i)->n++;
}

static void count_values(const struct pairs *s, const struct mdl_vec *v)
{
	for (size_t i = 0; i < s->n; i++)
		agg(s, i)->n += v->valid[mdl_row(v, s->row[i])];
}

/* Floating sums; an integral argument is taken as a double (avg). */
static void sum_doubles(const struct pairs *s, const struct mdl_vec *v)
{
	bool whole = mdl_type_is_integral(v->type);
	for (size_t i = 0; i < s->n; i++) {
		size_t at = mdl_row(v, s->row[i]);
		struct mdl_agg *g = agg(s, i);
		if (!v->valid[at])
			continue;
		g->kind = MDL_T_DOUBLE;
		g->sum.f64 += whole ? (double)v->i64[at] : v->f64[at];
		g->n++;
	}
}

static void count_whole(const struct pairs *s, const struct mdl_vec *v)
{
	enum mdl_kind kind = v->type->kind;
	for (size_t i = 0; i < s->n; i++) {
		size_t at = mdl_row(v, s->row[i]);
		struct mdl_agg *g = agg(s, i);
		if (!v->valid[at])
			continue;
		if (g->whole && g->whole->kind == kind)
			g->n += !mdl_agg_whole_seen(g->whole, v->i64[at]);
		else
			g->n += !mdl_agg_seen_whole(g, kind, v->i64[at]);
	}
}

static void count_texts(const struct pairs *s, const struct mdl_vec *v)
{
	for (size_t i = 0; i < s->n; i++) {
		size_t at = mdl_row(v, s->row[i]);
		struct mdl_agg *g = agg(s, i);
		if (v->valid[at])
			g->n += !mdl_agg_seen_text(g, v->str[at]);
	}
}

static bool is_whole(const struct mdl_type *t)
{
	return mdl_type_is_integral(t) || mdl_type_is_datetime(t);
}

/* True when CALL over V was done here. */
static bool add_column(const struct pairs *s, const struct mdl_agg_call *call, const struct mdl_vec *v)
{
	if (call->nargs != 1 || v->json)
		return false;
	if (call->kind == MDL_AGG_COUNT && call->distinct) {
		bool text = v->type->kind == MDL_T_STRING;
		if (!text && !is_whole(v->type))
			return false;
		(text ? count_texts : count_whole)(s, v);
		return true;
	}
	if (call->distinct)
		return false;
	if (call->kind == MDL_AGG_COUNT && v->type->kind != MDL_T_ANY) {
		count_values(s, v);
		return true;
	}
	if ((call->kind == MDL_AGG_SUM || call->kind == MDL_AGG_AVG) && call->type->kind == MDL_T_DOUBLE &&
	    (mdl_type_is_fractional(v->type) ||
	     (mdl_type_is_integral(v->type) && call->kind == MDL_AGG_AVG))) {
		sum_doubles(s, v);
		return true;
	}
	return false;
}

/* ---- Any call ---- */

static int add_values(const struct pairs *s, const struct mdl_agg_call *call, const struct mdl_result *res,
		      bool ansi, struct mdl_arena *a, size_t *row, struct mdl_err *err)
{
	struct mdl_any args[MDL_AGG_MAX_ARGS];
	for (size_t i = 0; i < s->n; i++) {
		for (size_t k = 0; k < call->nargs; k++) {
			struct mdl_any raw = mdl_vec_get(res->out[call->args[k]], s->row[i]);
			args[k] = mdl_any_codec_decoded(&raw, a);
		}
		if (mdl_agg_add(call, agg(s, i), args, ansi, err)) {
			*row = s->row[i];
			return -1;
		}
	}
	return 0;
}

/* The pairs that pass the call's FILTER. */
static struct pairs filtered(const struct pairs *s, const struct mdl_vec *v, struct mdl_arena *a)
{
	uint32_t *row = mdl_arena_alloc(a, s->n * sizeof(*row));
	struct mdl_group **group = mdl_arena_alloc(a, s->n * sizeof(struct mdl_group *));
	struct pairs f = {row, group, 0, s->call};
	for (size_t i = 0; i < s->n; i++) {
		size_t at = mdl_row(v, s->row[i]);
		row[f.n] = s->row[i];
		group[f.n] = s->group[i];
		f.n += v->valid[at] && v->b8[at];
	}
	return f;
}

int mdl_agg_batch_add(struct mdl_agg_batch *b, const struct mdl_agg_plan *p, const struct mdl_result *res,
		      bool ansi, struct mdl_arena *a, size_t *row, struct mdl_err *err)
{
	for (size_t c = 0; b->n && c < p->ncalls; c++) {
		const struct mdl_agg_call *call = &p->calls[c];
		struct pairs s = {b->row, b->group, b->n, c};
		if (call->filter != MDL_NO_OUTPUT)
			s = filtered(&s, res->out[call->filter], a);
		if (!call->nargs)
			count_all(&s);
		else if (!add_column(&s, call, res->out[call->args[0]]) &&
			 add_values(&s, call, res, ansi, a, row, err))
			return -1;
	}
	b->n = 0;
	return 0;
}
