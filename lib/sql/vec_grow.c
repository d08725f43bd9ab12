/* SPDX-License-Identifier: MIT
 *
 * Growing vectors, and the order of values: see vec_grow.h.
 */
#include "sql/vec_grow.h"

#include <math.h>
#include <string.h>

#include "base/num.h"
#include "sql/json_column.h"
#include "json/text.h"

enum { FIRST_ROOM = 16 };

void mdl_grow_init(struct mdl_grow *g, const struct mdl_fn_ctx *ctx, const struct mdl_type *t, size_t room)
{
	*g = (struct mdl_grow){.arena = ctx->arena, .timezone = ctx->session->timezone};
	g->room = room < FIRST_ROOM ? FIRST_ROOM : room;
	g->v = mdl_vec_new(g->arena, t, g->room);
	g->nchild = t->kind == MDL_T_ARRAY    ? 1
		    : t->kind == MDL_T_MAP    ? 2
		    : t->kind == MDL_T_STRUCT ? t->nfields
					      : 0;
	if (!g->nchild)
		return;
	g->child = mdl_arena_alloc(g->arena, g->nchild * sizeof(*g->child));
	struct mdl_vec **vecs = mdl_arena_alloc(g->arena, 2 * g->nchild * sizeof(*vecs));
	for (size_t i = 0; i < g->nchild; i++) {
		const struct mdl_type *c = t->kind == MDL_T_STRUCT          ? t->fields[i].type
					   : t->kind == MDL_T_MAP && i == 0 ? t->key
									    : t->element;
		mdl_grow_init(&g->child[i], ctx, c, room);
		vecs[i] = g->child[i].v;
	}
	g->v->child = vecs;
}

static void *larger(struct mdl_grow *g, void *old, size_t width)
{
	char *p = mdl_arena_alloc(g->arena, 2 * g->room * width);
	return memcpy(p, old, g->room * width);
}

size_t mdl_grow_row(struct mdl_grow *g)
{
	if (g->n == g->room) {
		size_t width = mdl_vec_width(g->v->type);
		g->v->valid = larger(g, g->v->valid, 1);
		if (width)
			g->v->data = larger(g, g->v->data, width);
		g->room *= 2;
	}
	g->v->valid[g->n] = 1;
	return g->n++;
}

void mdl_grow_null(struct mdl_grow *g)
{
	size_t k = mdl_grow_row(g);
	g->v->valid[k] = 0;
	for (size_t i = 0; g->v->type->kind == MDL_T_STRUCT && i < g->nchild; i++)
		mdl_grow_null(&g->child[i]);
}

void mdl_grow_open(struct mdl_grow *g)
{
	size_t k = mdl_grow_row(g);
	g->v->span[k] = (struct mdl_span){(uint32_t)g->child[0].n, 0};
}

void mdl_grow_close(struct mdl_grow *g)
{
	struct mdl_span *s = &g->v->span[g->n - 1];
	s->n = (uint32_t)g->child[0].n - s->at;
}

void mdl_grow_add(struct mdl_grow *g, const struct mdl_vec *src, size_t row)
{
	size_t r = mdl_row(src, row);
	if (src->type->kind == MDL_T_NULL || !src->valid[r]) {
		mdl_grow_null(g);
		return;
	}
	if (g->v->type->kind == MDL_T_ANY && src->type->kind != MDL_T_ANY) {
		struct mdl_any x = mdl_vec_get(src, r);
		mdl_vec_set(g->v, mdl_grow_row(g), &x);
		return;
	}
	if (src->json && mdl_type_is_complex(src->type)) {
		uint32_t one = (uint32_t)r;
		src = mdl_json_nest(src, &one, 1, r + 1, g->timezone, g->arena);
	}
	switch (g->v->type->kind) {
	case MDL_T_STRUCT:
		mdl_grow_row(g);
		for (size_t i = 0; i < g->nchild; i++)
			mdl_grow_add(&g->child[i], src->child[i], r);
		break;
	case MDL_T_ARRAY:
	case MDL_T_MAP:
		mdl_grow_open(g);
		for (size_t c = 0; c < g->nchild; c++)
			for (uint32_t i = 0; i < src->span[r].n; i++)
				mdl_grow_add(&g->child[c], src->child[c], src->span[r].at + i);
		mdl_grow_close(g);
		break;
	default:
		mdl_vec_copy(g->v, mdl_grow_row(g), src, r);
	}
}

void mdl_grow_finish(struct mdl_vec *out, struct mdl_arena *a, const struct mdl_grow *g,
		     const struct mdl_grow *values)
{
	out->child = mdl_arena_alloc(a, 2 * sizeof(*out->child));
	out->child[0] = g->v;
	out->child[1] = values ? values->v : NULL;
}

/* ---- order ---- */

static int order_doubles(double a, double b)
{
	if (isnan(a) || isnan(b))
		return (isnan(a) != 0) - (isnan(b) != 0);
	return (a > b) - (a < b);
}

/* Values without a declared type: first by kind (numbers are one), then by value. */
static int any_rank(const struct mdl_any *x)
{
	if (mdl_type_is_numeric(x->type))
		return MDL_T_BIGINT;
	return (int)x->type->kind;
}

static double any_number(const struct mdl_any *x)
{
	double d = NAN;
	if (x->raw)
		return mdl_num_parse_double((struct mdl_slice){x->json.p, x->json.n}, &d) == MDL_NUM_OK ? d
													: NAN;
	return mdl_type_is_fractional(x->type) ? x->f64
	       : mdl_type_is_integral(x->type) ? (double)x->i64
					       : NAN;
}

static void any_text(const struct mdl_any *x, struct mdl_buf *b)
{
	if (!x->raw)
		mdl_buf_puts_slice(b, x->str);
	else if (x->json.escaped)
		mdl_json_unescape(b, (struct mdl_slice){x->json.p, x->json.n});
	else
		mdl_buf_put(b, x->json.p, x->json.n);
}

static int order_any(const struct mdl_any *a, const struct mdl_any *b)
{
	int ra = any_rank(a), rb = any_rank(b);
	if (ra != rb)
		return ra < rb ? -1 : 1;
	if (ra == MDL_T_BIGINT)
		return order_doubles(any_number(a), any_number(b));
	if (ra == MDL_T_BOOLEAN) {
		int x = a->raw ? a->json.kind == MDL_JSON_TRUE : a->b8,
		    y = b->raw ? b->json.kind == MDL_JSON_TRUE : b->b8;
		return x - y;
	}
	struct mdl_buf x = MDL_BUF_INIT(1 << 30), y = MDL_BUF_INIT(1 << 30);
	if (ra == MDL_T_STRING) {
		any_text(a, &x);
		any_text(b, &y);
	} else {
		mdl_any_to_json(&x, a);
		mdl_any_to_json(&y, b);
	}
	int c = mdl_slice_cmp(mdl_buf_slice(&x), mdl_buf_slice(&y));
	mdl_buf_free(&x);
	mdl_buf_free(&y);
	return c;
}

static int order_lists(const struct mdl_vec *a, struct mdl_span s, const struct mdl_vec *b, struct mdl_span t)
{
	for (uint32_t i = 0; i < s.n && i < t.n; i++) {
		int c = mdl_vec_compare(a->child[0], s.at + i, b->child[0], t.at + i);
		if (!c && a->type->kind == MDL_T_MAP)
			c = mdl_vec_compare(a->child[1], s.at + i, b->child[1], t.at + i);
		if (c)
			return c;
	}
	return (s.n > t.n) - (s.n < t.n);
}

int mdl_vec_compare(const struct mdl_vec *a, size_t x, const struct mdl_vec *b, size_t y)
{
	x = mdl_row(a, x);
	y = mdl_row(b, y);
	if (!a->valid[x] || !b->valid[y])
		return a->valid[x] - b->valid[y];
	switch (a->type->kind) {
	case MDL_T_NULL:
		return 0;
	case MDL_T_BOOLEAN:
		return a->b8[x] - b->b8[y];
	case MDL_T_FLOAT:
	case MDL_T_DOUBLE:
		return order_doubles(a->f64[x], b->f64[y]);
	case MDL_T_DECIMAL:
	case MDL_T_INTERVAL: /* which has no order: for keys of maps, that are equal or not */
		return (a->i128[x] > b->i128[y]) - (a->i128[x] < b->i128[y]);
	case MDL_T_STRING:
	case MDL_T_BINARY:
		return mdl_slice_cmp(a->str[x], b->str[y]);
	case MDL_T_ARRAY:
	case MDL_T_MAP:
		return order_lists(a, a->span[x], b, b->span[y]);
	case MDL_T_STRUCT:
		for (size_t i = 0; i < a->type->nfields; i++) {
			int c = mdl_vec_compare(a->child[i], x, b->child[i], y);
			if (c)
				return c;
		}
		return 0;
	case MDL_T_ANY: {
		struct mdl_any u = mdl_vec_get(a, x), v = mdl_vec_get(b, y);
		return order_any(&u, &v);
	}
	default:
		return (a->i64[x] > b->i64[y]) - (a->i64[x] < b->i64[y]);
	}
}
