/* SPDX-License-Identifier: MIT
 *
 * The run of a program over a batch: rows are put together by the types of their
 * undeclared members (nearly always one group), each group runs through its
 * variant, and the groups' results are laid side by side again.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "sql/json_infer.h"
#include "sql/program.h"

void mdl_fn_fail(struct mdl_fn_ctx *ctx, struct mdl_vec *out, size_t row, const char *class, const char *fmt,
		 ...)
{
	out->valid[mdl_row(out, row)] = 0;
	struct mdl_fails *f = ctx->fails;
	if (ctx->quiet)
		return;
	if (!f->row)
		f->row = mdl_arena_zalloc(ctx->arena, (f->nrows + 1) * sizeof(*f->row));
	if (f->row[row])
		return;
	char msg[512];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(msg, sizeof(msg), fmt, ap);
	va_end(ap);
	struct mdl_row_fail *r = mdl_arena_alloc(ctx->arena, sizeof(*r));
	r->class = class;
	r->message = mdl_arena_strdup(ctx->arena, msg);
	f->row[row] = r;
	f->n++;
}

const uint32_t *mdl_exec_sel(struct mdl_exec *x, int sel, size_t *n)
{
	if (!x->sel_done[sel]) {
		const struct mdl_sel *s = &x->v->sels[sel];
		const struct mdl_vec *c = x->reg[s->reg];
		size_t pn, k = 0;
		const uint32_t *rows = mdl_exec_sel(x, s->parent, &pn);
		uint32_t *to = mdl_arena_alloc(x->fx.arena, (pn + 1) * sizeof(*to));
		MDL_EACH(row, rows, pn)
		{
			uint8_t valid = c->valid[mdl_row(c, row)] & 1;
			uint8_t b = s->mode < MDL_SEL_NULL ? c->b8[mdl_row(c, row)] & valid : 0;
			uint8_t take = s->mode == MDL_SEL_TRUE        ? b
				       : s->mode == MDL_SEL_NOT_TRUE  ? !b
				       : s->mode == MDL_SEL_NOT_FALSE ? (uint8_t)(b | !valid)
				       : s->mode == MDL_SEL_NULL      ? !valid
								      : valid;
			to[k] = (uint32_t)row;
			k += take;
		}
		x->sel[sel] = k == pn ? rows : to;
		x->sel_n[sel] = k;
		x->sel_done[sel] = 1;
	}
	*n = x->sel_n[sel];
	return x->sel[sel];
}

static void run_instrs(struct mdl_exec *x, const struct mdl_variant *v)
{
	for (size_t i = 0; i < v->ninstrs; i++) {
		const struct mdl_instr *in = &v->instrs[i];
		if (in->dead)
			continue;
		if (in->constant) {
			x->reg[i] = in->constant;
			continue;
		}
		size_t n;
		const uint32_t *sel = mdl_exec_sel(x, in->sel, &n);
		struct mdl_vec *out = mdl_vec_new(x->fx.arena, in->type, x->nrows);
		x->reg[i] = out;
		if (n)
			in->run(x, in, sel, n, out);
	}
}

void mdl_exec_run(struct mdl_exec *x, const struct mdl_variant *v, const uint32_t *sel, size_t n)
{
	struct mdl_arena *a = x->fx.arena;
	x->v = v;
	x->reg = mdl_arena_alloc(a, (v->ninstrs + 1) * sizeof(*x->reg));
	x->sel = mdl_arena_alloc(a, v->nsels * sizeof(*x->sel));
	x->sel_n = mdl_arena_alloc(a, v->nsels * sizeof(*x->sel_n));
	x->sel_done = mdl_arena_zalloc(a, v->nsels);
	x->sel[0] = sel;
	x->sel_n[0] = n;
	x->sel_done[0] = 1;
	run_instrs(x, v);
}

/* ---- groups of rows by the types of their undeclared members ---- */

static uint8_t token_code(const struct mdl_json_value *j)
{
	switch ((enum mdl_json_kind)j->kind) {
	case MDL_JSON_MISSING:
	case MDL_JSON_NULL:
		return MDL_C_NULL;
	case MDL_JSON_FALSE:
	case MDL_JSON_TRUE:
		return MDL_C_BOOLEAN;
	case MDL_JSON_INT: {
		if (j->n <= 18)
			return MDL_C_BIGINT;
		/* 19 digits may or may not fit 64 bits; beyond 38 Spark infers DOUBLE. */
		bool minus = j->p[0] == '-';
		const char *p = j->p + minus;
		size_t n = j->n - minus;
		if (n < 19)
			return MDL_C_BIGINT;
		if (n == 19)
			return memcmp(p, minus ? "9223372036854775808" : "9223372036854775807", 19) <= 0
				       ? MDL_C_BIGINT
				       : MDL_C_DECIMAL;
		return n <= 38 ? MDL_C_DECIMAL : MDL_C_DOUBLE;
	}
	case MDL_JSON_REAL:
		return MDL_C_DOUBLE;
	case MDL_JSON_STRING:
		return MDL_C_STRING;
	case MDL_JSON_ARRAY:
		return MDL_C_ARRAY;
	case MDL_JSON_OBJECT:
		return MDL_C_STRUCT;
	}
	return MDL_C_NULL;
}

static uint8_t value_code(const struct mdl_any *x)
{
	if (x->raw)
		return token_code(&x->json);
	switch (x->type->kind) {
	case MDL_T_BOOLEAN:
		return MDL_C_BOOLEAN;
	case MDL_T_DECIMAL:
		return MDL_C_DECIMAL;
	case MDL_T_FLOAT:
	case MDL_T_DOUBLE:
		return MDL_C_DOUBLE;
	case MDL_T_STRING:
		return MDL_C_STRING;
	case MDL_T_NULL:
		return MDL_C_NULL;
	case MDL_T_ARRAY:
		return MDL_C_ARRAY;
	case MDL_T_STRUCT:
		return MDL_C_STRUCT;
	default:
		return MDL_C_BIGINT;
	}
}

struct group {
	uint8_t *codes;
	const struct mdl_type **types; /* of deep paths and dynamic inputs */
	uint32_t *rows;
	const uint32_t *sel; /* rows, or the run's own selection when there is one group */
	size_t n;
};

struct grouping {
	const struct mdl_program *p;
	const struct mdl_json_value *const *cols;
	struct mdl_vec *const *inputs;
	struct mdl_arena *arena;
	size_t *any; /* the columns that decide: paths, then npaths + inputs */
	size_t nany;
	uint8_t *usual; /* [nany]: what a NULL goes with */
	struct group *g;
	size_t ng, cap;
};

static uint8_t code_of(const struct grouping *G, size_t k, size_t row)
{
	size_t c = G->any[k];
	if (c < G->p->npaths)
		return token_code(&G->cols[c][row]);
	const struct mdl_vec *v = G->inputs[c - G->p->npaths];
	if (v->type->kind != MDL_T_ANY) {
		struct mdl_any x = {.type = v->valid[mdl_row(v, row)] ? v->type : &mdl_type_null};
		return value_code(&x);
	}
	return v->valid[mdl_row(v, row)] ? value_code(&v->any[mdl_row(v, row)]) : (uint8_t)MDL_C_NULL;
}

static void find_any(struct grouping *G)
{
	const struct mdl_program *p = G->p;
	G->any = mdl_arena_alloc(G->arena, (p->nany + 1) * sizeof(*G->any));
	for (size_t i = 0; i < p->npaths; i++)
		if (p->paths[i].type->kind == MDL_T_ANY && p->paths[i].computed)
			G->any[G->nany++] = i;
	for (size_t i = 0; i < p->ninputs && !p->dynamic; i++)
		if (p->input_types[i]->kind == MDL_T_ANY)
			G->any[G->nany++] = p->npaths + i;
}

static struct group *add_group(struct grouping *G, const uint8_t *codes)
{
	if (G->ng == G->cap) {
		size_t cap = G->cap ? G->cap * 2 : 4;
		struct group *more = mdl_arena_zalloc(G->arena, cap * sizeof(*more));
		if (G->ng)
			memcpy(more, G->g, G->ng * sizeof(*more));
		G->g = more;
		G->cap = cap;
	}
	struct group *g = &G->g[G->ng++];
	g->codes = mdl_arena_zalloc(G->arena, G->p->npaths + G->p->ninputs + 1);
	for (size_t k = 0; k < G->nany; k++)
		g->codes[G->any[k]] = codes[k];
	return g;
}

/* The type of what the rows of G have under path K, as Spark would infer it of them. */
static const struct mdl_type *type_of_cells(struct grouping *G, const struct group *g, size_t k)
{
	const struct mdl_json_value *cells = G->cols[k];
	const struct mdl_type *t = &mdl_type_null;
	MDL_EACH(row, g->sel, g->n)
	if (cells[row].kind > MDL_JSON_NULL)
		t = mdl_json_infer_both(G->arena, t, mdl_json_infer(G->arena, &cells[row], false, false));
	return mdl_json_infer_open(G->arena, mdl_json_infer_settle(G->arena, t));
}

static void find_types(struct grouping *G, struct mdl_program *p, struct group *g)
{
	g->types = mdl_arena_zalloc(G->arena, (p->npaths + p->ninputs + 1) * sizeof(*g->types));
	for (size_t k = 0; k < p->npaths; k++)
		if (p->paths[k].deep && (g->codes[k] == MDL_C_ARRAY || g->codes[k] == MDL_C_STRUCT))
			g->types[k] = mdl_program_intern(p, type_of_cells(G, g, k));
	for (size_t k = 0; p->dynamic && G->inputs && k < p->ninputs; k++)
		if (G->inputs[k])
			g->types[p->npaths + k] = mdl_program_intern(p, G->inputs[k]->type);
}

/* True when each deciding column has one type over the rows: one group. */
static bool uniform(struct grouping *G, const uint32_t *sel, size_t n)
{
	bool one = true;
	G->usual = mdl_arena_zalloc(G->arena, G->nany + 1);
	for (size_t k = 0; k < G->nany; k++)
		MDL_EACH(row, sel, n)
		{
			uint8_t code = code_of(G, k, row);
			if (code == G->usual[k] || code == MDL_C_NULL)
				continue;
			if (G->usual[k] != MDL_C_NULL) {
				one = false;
				break;
			}
			G->usual[k] = code;
		}
	return one;
}

static void split(struct grouping *G, const uint32_t *sel, size_t n)
{
	uint8_t *codes = mdl_arena_alloc(G->arena, G->nany + 1);
	size_t last = 0;
	MDL_EACH(row, sel, n)
	{
		for (size_t k = 0; k < G->nany; k++) {
			codes[k] = code_of(G, k, row);
			if (codes[k] == MDL_C_NULL)
				codes[k] = G->usual[k];
		}
		size_t g = last;
		for (size_t tried = 0; tried < G->ng; tried++, g = (g + 1) % G->ng) {
			size_t k = 0;
			while (k < G->nany && G->g[g].codes[G->any[k]] == codes[k])
				k++;
			if (k == G->nany)
				break;
			if (tried + 1 == G->ng) {
				g = G->ng;
				break;
			}
		}
		if (g == G->ng)
			add_group(G, codes)->rows = mdl_arena_alloc(G->arena, n * sizeof(uint32_t));
		G->g[g].rows[G->g[g].n++] = (uint32_t)row;
		last = g;
	}
	for (size_t g = 0; g < G->ng; g++)
		G->g[g].sel = G->g[g].rows;
}

/* ---- results ---- */

/* Carry the rows of a group to the whole batch's vector. */
static void scatter(struct mdl_vec *dst, const struct mdl_vec *src, const uint32_t *sel, size_t n)
{
	if (dst->type->kind == MDL_T_ANY) {
		MDL_EACH(row, sel, n)
		{
			struct mdl_any x = mdl_vec_get(src, row);
			mdl_vec_set(dst, row, &x);
		}
		return;
	}
	if (src->type->kind == MDL_T_NULL) {
		MDL_EACH(row, sel, n)
		dst->valid[row] = 0;
		return;
	}
	MDL_EACH(row, sel, n)
	mdl_vec_copy(dst, row, src, row);
}

static void collect(struct mdl_exec *x, const struct mdl_program *p, struct mdl_result *res,
		    const struct group *g, size_t ng)
{
	struct mdl_arena *a = x->fx.arena;
	for (size_t k = 0; k < p->noutputs; k++) {
		int r = x->v->outs[k];
		if (ng == 1) {
			res->out[k] = r >= 0 ? x->reg[r] : mdl_vec_null(a, p->outputs[k].type);
			continue;
		}
		if (p->outputs[k].pass >= 0 && r >= 0) {
			/* Cells are the same array in each group; only what is valid must be put together. */
			if (!res->out[k]) {
				res->out[k] = mdl_vec_new(a, x->reg[r]->type, x->nrows);
				res->out[k]->json = x->reg[r]->json;
				memset(res->out[k]->valid, 0, x->nrows);
			}
			MDL_EACH(row, g->sel, g->n)
			res->out[k]->valid[row] = x->reg[r]->valid[row];
			continue;
		}
		const struct mdl_type *t = p->outputs[k].type;
		if (!res->out[k]) {
			res->out[k] = mdl_vec_new(a, mdl_type_is_complex(t) ? &mdl_type_any : t, x->nrows);
			memset(res->out[k]->valid, 0, x->nrows);
		}
		if (r >= 0)
			scatter(res->out[k], x->reg[r], g->sel, g->n);
	}
}

int mdl_program_run(struct mdl_program *p, const struct mdl_json_value *const *cols,
		    struct mdl_vec *const *inputs, const uint32_t *sel, size_t n, size_t nrows,
		    struct mdl_arena *arena, struct mdl_result *res, struct mdl_err *err)
{
	struct mdl_exec x = {.nrows = nrows, .cols = cols, .inputs = inputs};
	struct grouping G = {.p = p, .cols = cols, .inputs = inputs, .arena = arena};
	(void)err;
	mdl_program_trim(p);
	memset(res, 0, sizeof(*res));
	res->fails.nrows = nrows;
	res->out = mdl_arena_zalloc(arena, (p->noutputs + 1) * sizeof(*res->out));
	res->bad = mdl_arena_zalloc(arena, (p->noutputs + 1) * sizeof(*res->bad));
	x.bad = mdl_arena_zalloc(arena, (p->npaths + 1) * sizeof(*x.bad));
	x.fx = (struct mdl_fn_ctx){.arena = arena, .session = p->session, .fails = &res->fails};
	if (p->nany)
		find_any(&G);
	if (uniform(&G, sel, n)) {
		struct group *g = add_group(&G, G.usual);
		g->sel = sel;
		g->n = n;
	} else {
		split(&G, sel, n);
	}
	for (size_t i = 0; i < G.ng; i++) {
		find_types(&G, p, &G.g[i]);
		const struct mdl_variant *v = mdl_program_variant(p, G.g[i].codes, G.g[i].types);
		mdl_exec_run(&x, v, G.g[i].sel, G.g[i].n);
		collect(&x, p, res, &G.g[i], G.ng);
	}
	for (size_t k = 0; k < p->noutputs; k++)
		if (p->outputs[k].column >= 0)
			res->bad[k] = x.bad[p->outputs[k].column];
	return 0;
}

static bool is_true(const struct mdl_vec *v, size_t row)
{
	size_t r = mdl_row(v, row);
	if (!(v->valid[r] & 1))
		return false;
	return v->type->kind == MDL_T_ANY ? v->any[r].type->kind == MDL_T_BOOLEAN && v->any[r].b8
					  : v->b8[r] & 1;
}

size_t mdl_program_select(const struct mdl_vec *predicate, const struct mdl_fails *fails, const uint32_t *sel,
			  size_t n, uint32_t *out)
{
	size_t k = 0;
	if (predicate->type->kind == MDL_T_NULL)
		return 0;
	MDL_EACH(row, sel, n)
	{
		out[k] = (uint32_t)row;
		k += is_true(predicate, row) && !(fails->n && fails->row[row]);
	}
	return k;
}

size_t mdl_program_reject(const struct mdl_vec *predicate, const uint32_t *sel, size_t n, uint32_t *out)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);
	const bool in_bytes = predicate->mask && predicate->type->kind == MDL_T_BOOLEAN;
	size_t k = 0;
	for (size_t i = 0, end; i < n; i = end) {
		size_t row = sel ? sel[i] : i;
		end = n - i < 8 ? n : i + 8;
		if (in_bytes && end == i + 8 && (!sel || sel[i + 7] == row + 7)) {
			uint64_t valid, yes;
			memcpy(&valid, predicate->valid + row, 8);
			memcpy(&yes, predicate->b8 + row, 8);
			if ((valid & yes & ones) == ones)
				continue;
		}
		for (size_t at = i; at < end; at++) {
			out[k] = sel ? sel[at] : (uint32_t)at;
			k += predicate->type->kind == MDL_T_NULL || !is_true(predicate, out[k]);
		}
	}
	return k;
}
