/* SPDX-License-Identifier: MIT
 *
 * explode, inline, stack: see generate.h.
 */
#include "op/generate.h"

#include <string.h>

#include "op/any_codec.h"
#include "sql/cast.h"
#include "sql/coerce.h"
#include "sql/json_column.h"
#include "sql/json_infer.h"
#include "sql/vec_grow.h"

static void fail_type(struct mdl_fn_ctx *fx, struct mdl_vec *scratch, size_t row, const char *name,
		      const char *want, const struct mdl_type *t)
{
	mdl_fn_fail(fx, scratch, row, "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE",
		    "%s: the first parameter requires the %s type, however it has the type \"%s\"", name,
		    want, mdl_type_name(fx->arena, t));
}

/* ---- One type for values that carry their own ---- */

static const struct mdl_type *type_at(const struct mdl_vec *v, size_t row)
{
	size_t r = mdl_row(v, row);
	return v->valid[r] ? v->any[r].type : &mdl_type_null;
}

static const struct mdl_type *common_type(struct mdl_fn_ctx *fx, const struct mdl_vec *v, const uint32_t *sel,
					  size_t n)
{
	const struct mdl_type *t = &mdl_type_null;
	for (size_t i = 0; i < n; i++) {
		const struct mdl_type *u = type_at(v, sel[i]);
		const struct mdl_type *both =
			mdl_type_eq(t, u)       ? t
			: t->kind == MDL_T_NULL ? u
			: u->kind == MDL_T_NULL ? t
						: mdl_coerce_nested(fx->arena, t, u, fx->session->ansi, true);
		t = both ? both : t;
	}
	return t;
}

struct mdl_vec *mdl_generate_settle(struct mdl_fn_ctx *fx, struct mdl_vec *v, const uint32_t *sel, size_t n,
				    size_t nrows)
{
	if (v->type->kind != MDL_T_ANY)
		return v;
	struct mdl_arena *a = fx->arena;
	const struct mdl_type *t = common_type(fx, v, sel, n);
	struct mdl_vec *out = mdl_vec_new(a, t, nrows);
	uint8_t *done = mdl_arena_zalloc(a, n + 1);
	uint32_t *rows = mdl_arena_alloc(a, (n + 1) * sizeof(*rows));
	for (size_t i = 0; i < n; i++) {
		const struct mdl_type *u = type_at(v, sel[i]);
		size_t m = 0;
		for (size_t j = i; j < n && !done[i]; j++) {
			if (done[j] || !mdl_type_eq(u, type_at(v, sel[j])))
				continue;
			rows[m++] = sel[j];
			done[j] = j > i;
		}
		struct mdl_vec *same = m ? mdl_vec_new(a, u, nrows) : NULL;
		for (size_t j = 0; j < m; j++) {
			struct mdl_any e = mdl_vec_get(v, rows[j]);
			e = mdl_any_codec_decoded(&e, a);
			if (e.raw || (u->kind != MDL_T_NULL && !mdl_cast_allowed(u, t, fx->session->ansi)))
				fail_type(fx, out, rows[j], "the value", mdl_type_name(a, t), u);
			else
				mdl_vec_set(same, rows[j], &e);
			if (u->kind == MDL_T_NULL || e.raw)
				out->valid[rows[j]] = same->valid[rows[j]] = 0;
		}
		if (m && u->kind != MDL_T_NULL)
			mdl_cast_eval(fx, same, rows, m, out);
		done[i] = 1;
	}
	return out;
}

/* ---- Rows being made ---- */

struct making {
	struct mdl_fn_ctx *fx;
	const struct mdl_step *st;
	struct mdl_generated *out;
	uint32_t *pos;     /* the element's number in its row */
	uint32_t *element; /* its number in the pool; unused for a row of NULLs */
	uint8_t *there;    /* 0: of _outer, where there is no element */
};

static void make_room(struct making *m, size_t n)
{
	struct mdl_arena *a = m->fx->arena;
	m->out->from = mdl_arena_alloc(a, (n + 1) * sizeof(*m->out->from));
	m->pos = mdl_arena_alloc(a, (n + 1) * sizeof(*m->pos));
	m->element = mdl_arena_alloc(a, (n + 1) * sizeof(*m->element));
	m->there = mdl_arena_alloc(a, n + 1);
	m->out->n = 0;
}

static void add_row(struct making *m, uint32_t from, uint32_t pos, uint32_t element, bool there)
{
	size_t k = m->out->n++;
	m->out->from[k] = from;
	m->pos[k] = pos;
	m->element[k] = there ? element : 0;
	m->there[k] = there;
}

static struct mdl_vec *positions(const struct making *m)
{
	struct mdl_vec *v = mdl_vec_new(m->fx->arena, &mdl_type_int, m->out->n);
	for (size_t i = 0; i < m->out->n; i++) {
		v->valid[i] = m->there[i];
		v->i64[i] = m->pos[i];
	}
	return v;
}

/* The elements of POOL that the rows have. */
static struct mdl_vec *elements(const struct making *m, struct mdl_vec *pool, size_t npool)
{
	struct mdl_vec *v;
	if (npool && pool->mask) {
		v = mdl_vec_gather(m->fx->arena, pool, m->element, m->out->n);
	} else {
		v = mdl_vec_new(m->fx->arena, pool->type, m->out->n);
		for (size_t i = 0; i < m->out->n && npool; i++)
			mdl_vec_copy(v, i, pool, 0);
	}
	for (size_t i = 0; i < m->out->n; i++)
		if (!m->there[i] || !npool)
			v->valid[i] = 0;
	return v;
}

/* ---- Arrays and maps that have a type ---- */

static void explode_typed(struct making *m, struct mdl_vec *v, const uint32_t *sel, size_t n)
{
	size_t total = 0, reach = 0, k = 0;
	const struct mdl_step *st = m->st;
	for (size_t i = 0; i < n; i++) {
		size_t r = mdl_row(v, sel[i]);
		size_t len = v->valid[r] ? v->span[r].n : 0;
		total += len + (!len && st->outer);
		if (len && v->span[r].at + len > reach)
			reach = v->span[r].at + len;
	}
	make_room(m, total);
	for (size_t i = 0; i < n; i++) {
		size_t r = mdl_row(v, sel[i]);
		uint32_t len = v->valid[r] ? v->span[r].n : 0;
		for (uint32_t j = 0; j < len; j++)
			add_row(m, sel[i], j, v->span[r].at + j, true);
		if (!len && st->outer)
			add_row(m, sel[i], 0, 0, false);
	}
	if (st->position)
		m->out->columns[k++] = positions(m);
	struct mdl_vec *none = mdl_vec_new(m->fx->arena, v->type->element, 0);
	struct mdl_vec *first = v->child && reach ? v->child[0] : none;
	if (st->generator == MDL_GEN_INLINE) {
		struct mdl_vec *s = elements(m, first, reach);
		if (s->json)
			s = mdl_json_nest(s, NULL, m->out->n, m->out->n, m->fx->session->timezone,
					  m->fx->arena);
		for (size_t f = 0; f < s->type->nfields; f++) {
			m->out->columns[k] = s->child[f];
			/* A NULL struct has NULL fields. */
			for (size_t i = 0; i < m->out->n; i++)
				if (!s->valid[i])
					s->child[f]->valid[i] = 0;
			k++;
		}
		return;
	}
	if (v->type->kind == MDL_T_MAP) {
		struct mdl_vec *no_key = mdl_vec_new(m->fx->arena, v->type->key, 0);
		m->out->columns[k++] = elements(m, reach ? first : no_key, reach);
		first = v->child && reach ? v->child[1] : none;
	}
	m->out->columns[k] = elements(m, first, reach);
}

/* ---- Undeclared arrays ---- */

/* CELLS[row] are JSON tokens; VALID[row]: there is one. */
static void explode_cells(struct making *m, const struct mdl_json_value *cells, const uint8_t *valid,
			  const uint32_t *sel, size_t n)
{
	struct mdl_arena *a = m->fx->arena;
	struct mdl_vec *scratch = mdl_vec_new(a, &mdl_type_null, m->fx->fails->nrows);
	struct mdl_json_iter it;
	size_t total = 0, k = 0;
	for (size_t i = 0; i < n; i++) {
		total++;
		if (!valid[sel[i]] || cells[sel[i]].kind != MDL_JSON_ARRAY)
			continue;
		mdl_json_iter_init(&it, &cells[sel[i]]);
		while (mdl_json_iter_next(&it))
			total++;
	}
	make_room(m, total);
	struct mdl_json_value *found = mdl_arena_zalloc(a, (total + 1) * sizeof(*found));
	const struct mdl_type *t = &mdl_type_null;
	for (size_t i = 0; i < n; i++) {
		uint32_t row = sel[i], pos = 0;
		if (valid[row] && cells[row].kind != MDL_JSON_ARRAY) {
			fail_type(m->fx, scratch, row, "explode", "(\"ARRAY\" or \"MAP\")",
				  mdl_json_token_type(a, &cells[row]));
			continue;
		}
		if (valid[row]) {
			mdl_json_iter_init(&it, &cells[row]);
			for (; mdl_json_iter_next(&it); pos++) {
				found[m->out->n] = it.value;
				add_row(m, row, pos, pos, true);
				if (it.value.kind > MDL_JSON_NULL)
					t = mdl_json_infer_both(a, t,
								mdl_json_infer(a, &it.value, false, false));
			}
		}
		if (!pos && m->st->outer)
			add_row(m, row, 0, 0, false);
	}
	if (m->st->position)
		m->out->columns[k++] = positions(m);
	struct mdl_vec *v = mdl_vec_new(a, mdl_json_infer_open(a, mdl_json_infer_settle(a, t)), 0);
	v->valid = mdl_arena_alloc(a, m->out->n + 1);
	v->json = found;
	for (size_t i = 0; i < m->out->n; i++)
		v->valid[i] = found[i].kind > MDL_JSON_NULL;
	m->out->columns[k] = v;
}

static void explode(struct making *m, struct mdl_vec *v, const uint32_t *sel, size_t n, size_t nrows)
{
	struct mdl_fn_ctx *fx = m->fx;
	bool untyped = v->type->kind == MDL_T_ARRAY && v->type->element->kind == MDL_T_ANY;
	if (v->json && (untyped || !mdl_type_is_complex(v->type) ||
			(v->type->kind == MDL_T_STRUCT && !v->type->nfields))) {
		explode_cells(m, v->json, v->valid, sel, n);
		return;
	}
	if (v->type->kind == MDL_T_ANY) {
		/* Cells where all are, as of an undeclared member; else what was computed. */
		struct mdl_json_value *cells = mdl_arena_zalloc(fx->arena, nrows * sizeof(*cells));
		bool raw = true;
		for (size_t i = 0; i < n; i++) {
			struct mdl_any e = mdl_vec_get(v, sel[i]);
			raw = raw && (e.raw || e.type->kind == MDL_T_NULL);
			if (e.raw)
				cells[sel[i]] = e.json;
		}
		if (raw) {
			explode_cells(m, cells, v->valid, sel, n);
			return;
		}
		v = mdl_generate_settle(fx, v, sel, n, nrows);
	}
	if (v->json && mdl_type_is_complex(v->type))
		v = mdl_json_nest(v, sel, n, nrows, fx->session->timezone, fx->arena);
	if (v->type->kind == MDL_T_NULL)
		v = mdl_vec_null(fx->arena, mdl_type_array(fx->arena, &mdl_type_string));
	if (v->type->kind != MDL_T_ARRAY &&
	    (v->type->kind != MDL_T_MAP || m->st->ncolumns != 2u + m->st->position)) {
		struct mdl_vec *scratch = mdl_vec_new(fx->arena, &mdl_type_null, nrows);
		uint32_t *null = mdl_arena_alloc(fx->arena, (n + 1) * sizeof(*null));
		size_t k = 0;
		for (size_t i = 0; i < n; i++)
			if (v->valid[mdl_row(v, sel[i])])
				fail_type(fx, scratch, sel[i], "explode", "(\"ARRAY\" or \"MAP\")", v->type);
			else
				null[k++] = sel[i];
		explode_typed(m, mdl_vec_null(fx->arena, mdl_type_array(fx->arena, &mdl_type_string)), null,
			      k);
		return;
	}
	explode_typed(m, v, sel, n);
}

/* ---- stack ---- */

/* V as T; NULL when it has nothing but NULLs. */
static struct mdl_vec *stack_cast(struct mdl_fn_ctx *fx, struct mdl_vec *v, const struct mdl_type *t,
				  const uint32_t *sel, size_t n, size_t nrows)
{
	if (v->type->kind == MDL_T_NULL)
		return NULL;
	if (mdl_type_eq(v->type, t))
		return v;
	struct mdl_vec *cast = mdl_vec_new(fx->arena, t, nrows);
	if (mdl_cast_allowed(v->type, t, fx->session->ansi))
		mdl_cast_eval(fx, v, sel, n, cast);
	else
		for (size_t i = 0; i < n; i++)
			fail_type(fx, cast, sel[i], "stack", mdl_type_name(fx->arena, t), v->type);
	return cast;
}

/* Containers of several vectors need a pool of their own. */
static struct mdl_vec *stack_grow(struct mdl_fn_ctx *fx, const struct mdl_type *t, struct mdl_vec *const *in,
				  size_t rows, const uint32_t *sel, size_t n)
{
	struct mdl_grow g;
	mdl_grow_init(&g, fx, t, n * rows);
	for (size_t i = 0; i < n; i++)
		for (size_t r = 0; r < rows; r++)
			if (in[r])
				mdl_grow_add(&g, in[r], sel[i]);
			else
				mdl_grow_null(&g);
	for (size_t k = 0; k < g.nchild; k++)
		g.v->child[k] = g.child[k].v;
	return g.v;
}

static void stack(struct making *m, struct mdl_vec *const *args, const uint32_t *sel, size_t n, size_t nrows)
{
	struct mdl_fn_ctx *fx = m->fx;
	size_t columns = m->st->ncolumns, nargs = m->st->nargs - 1, rows = (nargs + columns - 1) / columns;
	/* The number of rows is constant, and may be more than the values fill. */
	rows = (size_t)args[0]->i64[0] > rows ? (size_t)args[0]->i64[0] : rows;
	make_room(m, n * rows);
	for (size_t i = 0; i < n; i++)
		for (size_t r = 0; r < rows; r++)
			add_row(m, sel[i], (uint32_t)r, 0, true);
	for (size_t c = 0; c < columns; c++) {
		const struct mdl_type *t = &mdl_type_null;
		struct mdl_vec **in = mdl_arena_zalloc(fx->arena, (rows + 1) * sizeof(*in));
		for (size_t r = 0; r < rows && r * columns + c < nargs; r++) {
			in[r] = mdl_generate_settle(fx, args[1 + r * columns + c], sel, n, nrows);
			if (in[r]->json && mdl_type_is_complex(in[r]->type))
				in[r] = mdl_json_nest(in[r], sel, n, nrows, fx->session->timezone, fx->arena);
			const struct mdl_type *both =
				mdl_coerce_nested(fx->arena, t, in[r]->type, fx->session->ansi, true);
			t = both ? both : t;
		}
		struct mdl_vec *v =
			mdl_vec_new(fx->arena, t->kind == MDL_T_NULL ? &mdl_type_string : t, n * rows);
		memset(v->valid, 0, n * rows);
		for (size_t r = 0; r < rows && in[r]; r++) {
			in[r] = stack_cast(fx, in[r], t, sel, n, nrows);
			for (size_t i = 0; i < n && in[r] && !mdl_type_is_complex(t); i++)
				mdl_vec_copy(v, i * rows + r, in[r], sel[i]);
		}
		m->out->columns[c] = mdl_type_is_complex(t) ? stack_grow(fx, t, in, rows, sel, n) : v;
	}
}

void mdl_generate(struct mdl_fn_ctx *fx, const struct mdl_step *st, struct mdl_vec *const *args,
		  const uint32_t *sel, size_t n, size_t nrows, struct mdl_generated *out)
{
	struct making m = {.fx = fx, .st = st, .out = out};
	out->columns = mdl_arena_zalloc(fx->arena, (st->ncolumns + 1) * sizeof(*out->columns));
	if (st->generator == MDL_GEN_STACK)
		stack(&m, args, sel, n, nrows);
	else
		explode(&m, args[0], sel, n, nrows);
}
