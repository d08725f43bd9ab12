/* SPDX-License-Identifier: MIT
 *
 * Kernels that fetch and carry: columns, inputs, casts, calls, structs, choices.
 */
#include <string.h>

#include "sql/cast.h"
#include "sql/json_column.h"
#include "sql/program.h"

static void note_bad(struct mdl_exec *x, int64_t path, const uint8_t *bad, const uint32_t *sel, size_t n)
{
	if (!x->bad[path])
		x->bad[path] = mdl_arena_zalloc(x->fx.arena, x->nrows);
	MDL_EACH(row, sel, n)
	x->bad[path][row] |= bad[row];
}

/* ptr: the failure of every row that comes here. */
void mdl_kernel_fail(struct mdl_exec *x, const struct mdl_instr *in, const uint32_t *sel, size_t n,
		     struct mdl_vec *out)
{
	const struct mdl_row_fail *fail = in->ptr;
	MDL_EACH(row, sel, n)
	mdl_fn_fail(&x->fx, out, row, fail->class, "%s", fail->message);
}

void mdl_kernel_column(struct mdl_exec *x, const struct mdl_instr *in, const uint32_t *sel, size_t n,
		       struct mdl_vec *out)
{
	const struct mdl_json_value *cells = x->cols[in->imm];
	out->json = cells;
	MDL_EACH(row, sel, n)
	out->valid[row] = cells[row].kind > MDL_JSON_NULL;
	if (in->type->kind == MDL_T_ANY)
		return;
	/* A declared column is passed on as it came, but what its type does not take is NULL. */
	uint8_t *bad = mdl_arena_zalloc(x->fx.arena, x->nrows);
	if (!mdl_json_column_check(in->type, cells, sel, n, x->fx.session->timezone, x->fx.arena, bad))
		return;
	MDL_EACH(row, sel, n)
	out->valid[row] &= (uint8_t)!bad[row];
	note_bad(x, in->imm, bad, sel, n);
}

void mdl_kernel_load(struct mdl_exec *x, const struct mdl_instr *in, const uint32_t *sel, size_t n,
		     struct mdl_vec *out)
{
	uint8_t *bad = mdl_arena_zalloc(x->fx.arena, x->nrows);
	if (mdl_json_to_column(x->cols[in->imm], sel, n, x->fx.session->timezone, x->fx.arena, out, bad))
		note_bad(x, in->imm, bad, sel, n);
}

void mdl_kernel_input(struct mdl_exec *x, const struct mdl_instr *in, const uint32_t *sel, size_t n,
		      struct mdl_vec *out)
{
	const struct mdl_vec *v = x->inputs[in->imm];
	if (v->json && !mdl_type_is_complex(v->type)) {
		/* What its type was taken from always converts; NULLs of the generator's own have no cell. */
		uint8_t *bad = mdl_arena_zalloc(x->fx.arena, x->nrows);
		mdl_json_to_column(v->json, sel, n, x->fx.session->timezone, x->fx.arena, out, bad);
		return;
	}
	if (v->type->kind != MDL_T_ANY) {
		const struct mdl_type *t = out->type;
		*out = *v;
		if (v->type->kind != MDL_T_STRUCT)
			out->type = t;
		return;
	}
	/* containers of undeclared type are cells, as in columns */
	struct mdl_json_value *cells = mdl_type_is_complex(out->type)
					       ? mdl_arena_zalloc(x->fx.arena, x->nrows * sizeof(*cells))
					       : NULL;
	MDL_EACH(row, sel, n)
	{
		const struct mdl_any *a = &v->any[mdl_row(v, row)];
		out->valid[row] = v->valid[mdl_row(v, row)] && a->type->kind != MDL_T_NULL;
		if (!out->valid[row])
			continue;
		if (cells && a->raw) {
			cells[row] = a->json;
			out->json = cells;
			continue;
		}
		if (out->type->kind == MDL_T_DECIMAL && a->type->kind != MDL_T_DECIMAL)
			out->i128[row] = a->i64;
		else
			mdl_vec_set(out, row, a);
	}
}

/* The input as it came, for what is only passed on. */
void mdl_kernel_pass_input(struct mdl_exec *x, const struct mdl_instr *in, const uint32_t *sel, size_t n,
			   struct mdl_vec *out)
{
	(void)sel;
	(void)n;
	*out = *x->inputs[in->imm];
}

/* imm: a path. TRUE where the record has no such member. */
void mdl_kernel_missing(struct mdl_exec *x, const struct mdl_instr *in, const uint32_t *sel, size_t n,
			struct mdl_vec *out)
{
	const struct mdl_json_value *cells = x->cols[in->imm];
	MDL_EACH(row, sel, n)
	{
		out->valid[row] = 1;
		out->b8[row] = cells[row].kind == MDL_JSON_MISSING;
	}
}

void mdl_kernel_retype(struct mdl_exec *x, const struct mdl_instr *in, const uint32_t *sel, size_t n,
		       struct mdl_vec *out)
{
	(void)sel;
	(void)n;
	const struct mdl_type *t = out->type;
	*out = *x->reg[in->args[0]];
	out->type = t;
}

struct mdl_vec *mdl_kernel_nested(struct mdl_exec *x, int reg, const uint32_t *sel, size_t n)
{
	struct mdl_vec *v = x->reg[reg];
	if (!v->json || !mdl_type_is_complex(v->type))
		return v;
	return mdl_json_nest(v, sel, n, x->nrows, x->fx.session->timezone, x->fx.arena);
}

void mdl_kernel_cast(struct mdl_exec *x, const struct mdl_instr *in, const uint32_t *sel, size_t n,
		     struct mdl_vec *out)
{
	const struct mdl_vec *v = mdl_kernel_nested(x, in->args[0], sel, n);
	/* The cast that comes most often, without its generality. */
	if (mdl_type_is_integral(v->type) && mdl_type_is_fractional(out->type)) {
		bool narrow = out->type->kind == MDL_T_FLOAT;
		MDL_EACH(row, sel, n)
		{
			out->valid[row] = v->valid[mdl_row(v, row)];
			if (out->valid[row])
				out->f64[row] = narrow ? (double)(float)v->i64[mdl_row(v, row)]
						       : (double)v->i64[mdl_row(v, row)];
		}
		return;
	}
	x->fx.quiet = in->quiet;
	mdl_cast_eval(&x->fx, v, sel, n, out);
	x->fx.quiet = false;
}

/* a[i] of arrays, from 0. */
void mdl_kernel_index(struct mdl_exec *x, const struct mdl_instr *in, const uint32_t *sel, size_t n,
		      struct mdl_vec *out)
{
	const struct mdl_vec *a = mdl_kernel_nested(x, in->args[0], sel, n), *at = x->reg[in->args[1]];
	MDL_EACH(row, sel, n)
	{
		size_t ra = mdl_row(a, row), ri = mdl_row(at, row);
		out->valid[row] = a->valid[ra] & at->valid[ri];
		if (!out->valid[row])
			continue;
		int64_t i = at->i64[ri];
		if (i >= 0 && i < a->span[ra].n) {
			mdl_vec_copy(out, row, a->child[0], a->span[ra].at + (size_t)i);
			continue;
		}
		x->fx.quiet = !x->fx.session->ansi;
		mdl_fn_fail(
			&x->fx, out, row, "INVALID_ARRAY_INDEX",
			"The index %lld is out of bounds. The array has %u elements. Use the SQL function `get()` to tolerate "
			"accessing element at invalid index and return NULL instead.",
			(long long)i, a->span[ra].n);
		x->fx.quiet = false;
	}
}

/* imm: the field. */
static void field(struct mdl_exec *x, const struct mdl_instr *in, const uint32_t *sel, size_t n,
		  struct mdl_vec *out, bool pass)
{
	const struct mdl_vec *s = x->reg[in->args[0]], *f;
	if (s->json) {
		mdl_json_field(s, (size_t)in->imm, pass, sel, n, x->nrows, x->fx.session->timezone,
			       x->fx.arena, out);
		return;
	}
	f = s->child[in->imm];
	if (f->json) {
		out->json = f->json;
		MDL_EACH(row, sel, n)
		out->valid[row] = s->valid[mdl_row(s, row)] & f->valid[row];
		return;
	}
	MDL_EACH(row, sel, n)
	{
		if (s->valid[mdl_row(s, row)])
			mdl_vec_copy(out, row, f, mdl_row(s, row));
		else
			out->valid[row] = 0;
	}
}

/* s.f of structs that were computed, or that are cells. */
void mdl_kernel_field(struct mdl_exec *x, const struct mdl_instr *in, const uint32_t *sel, size_t n,
		      struct mdl_vec *out)
{
	field(x, in, sel, n, out, false);
}

/* The same for what is only passed on: cells stay cells. */
void mdl_kernel_pass_field(struct mdl_exec *x, const struct mdl_instr *in, const uint32_t *sel, size_t n,
			   struct mdl_vec *out)
{
	field(x, in, sel, n, out, true);
}

/* Rows of SEL where all arguments have a value. NULL SEL and all valid: NULL. */
static const uint32_t *strict_rows(struct mdl_exec *x, struct mdl_vec *const *args, size_t nargs,
				   const uint32_t *sel, size_t *n, struct mdl_vec *out)
{
	size_t k = 0;
	MDL_EACH(row, sel, *n)
	{
		uint8_t ok = 1;
		for (size_t i = 0; i < nargs; i++)
			ok &= args[i]->valid[mdl_row(args[i], row)];
		out->valid[row] = ok;
		k += ok;
	}
	if (k == *n)
		return sel;
	uint32_t *rows = mdl_arena_alloc(x->fx.arena, (k + 1) * sizeof(*rows));
	size_t m = 0;
	MDL_EACH(row, sel, *n)
	if (out->valid[row])
		rows[m++] = (uint32_t)row;
	*n = m;
	return rows;
}

void mdl_kernel_call(struct mdl_exec *x, const struct mdl_instr *in, const uint32_t *sel, size_t n,
		     struct mdl_vec *out)
{
	struct mdl_vec **args = mdl_arena_alloc(x->fx.arena, (in->nargs + 1) * sizeof(*args));
	for (size_t i = 0; i < in->nargs; i++)
		args[i] = mdl_kernel_nested(x, in->args[i], sel, n);
	if (in->fn->flags & MDL_FN_STRICT) {
		sel = strict_rows(x, args, in->nargs, sel, &n, out);
		if (!n)
			return;
	}
	x->fx.quiet = in->quiet;
	x->fx.state = in->state;
	in->fn->eval(&x->fx, args, in->nargs, sel, n, out);
	x->fx.quiet = false;
	x->fx.state = NULL;
}

void mdl_kernel_struct(struct mdl_exec *x, const struct mdl_instr *in, const uint32_t *sel, size_t n,
		       struct mdl_vec *out)
{
	for (size_t i = 0; i < in->nargs; i++)
		out->child[i] = x->reg[in->args[i]];
	MDL_EACH(row, sel, n)
	out->valid[row] = 1;
}

/* Rows that V's spans reach to. */
static size_t reach(const struct mdl_vec *v, const uint32_t *sel, size_t n)
{
	size_t most = 0;
	MDL_EACH(row, sel, n)
	{
		size_t r = mdl_row(v, row);
		if (v->valid[r] && (size_t)v->span[r].at + v->span[r].n > most)
			most = (size_t)v->span[r].at + v->span[r].n;
	}
	return most;
}

/* An array whose elements carry their own type. */
void mdl_kernel_any_list(struct mdl_exec *x, const struct mdl_instr *in, const uint32_t *sel, size_t n,
			 struct mdl_vec *out)
{
	const struct mdl_vec *v = mdl_kernel_nested(x, in->args[0], sel, n);
	size_t most = reach(v, sel, n);
	struct mdl_vec *child = mdl_vec_new(x->fx.arena, &mdl_type_any, most);
	for (size_t i = 0; i < most; i++) {
		struct mdl_any e = mdl_vec_get(v->child[0], i);
		mdl_vec_set(child, i, &e);
	}
	out->child = mdl_arena_alloc(x->fx.arena, sizeof(*out->child));
	out->child[0] = child;
	MDL_EACH(row, sel, n)
	{
		out->valid[row] = v->valid[mdl_row(v, row)];
		if (out->valid[row])
			out->span[row] = v->span[mdl_row(v, row)];
	}
}

/* The first NA rows of A and behind them the first NB of B, of one type. */
static struct mdl_vec *joined(struct mdl_exec *x, const struct mdl_vec *a, size_t na, const struct mdl_vec *b,
			      size_t nb);

static void join_lists(struct mdl_exec *x, const struct mdl_vec *a, size_t ra, const struct mdl_vec *b,
		       size_t rb, struct mdl_vec *out)
{
	size_t nchild = out->type->kind == MDL_T_MAP ? 2 : 1;
	out->child = mdl_arena_zalloc(x->fx.arena, nchild * sizeof(*out->child));
	for (size_t i = 0; i < nchild; i++)
		out->child[i] = joined(x, ra ? a->child[i] : NULL, ra, rb ? b->child[i] : NULL, rb);
}

static struct mdl_vec *joined(struct mdl_exec *x, const struct mdl_vec *a, size_t na, const struct mdl_vec *b,
			      size_t nb)
{
	const struct mdl_type *t = na ? a->type : nb ? b->type : &mdl_type_null;
	struct mdl_vec *out = mdl_vec_new(x->fx.arena, t, na + nb);
	bool list = t->kind == MDL_T_ARRAY || t->kind == MDL_T_MAP;
	size_t ra = list && na ? reach(a, NULL, na) : 0, rb = list && nb ? reach(b, NULL, nb) : 0;
	for (size_t i = 0; i < na; i++)
		mdl_vec_copy(out, i, a, i);
	for (size_t i = 0; i < nb; i++) {
		mdl_vec_copy(out, na + i, b, i);
		if (list && out->valid[na + i])
			out->span[na + i].at += (uint32_t)ra;
	}
	if (list)
		join_lists(x, a, ra, b, rb, out);
	return out;
}

/* The rows of a choice: which take the first value, which the second. */
struct choice {
	const uint32_t *first, *second;
	size_t nfirst, nsecond;
};

static void pick_vectors(struct mdl_exec *x, const struct choice *ch, const struct mdl_vec *a,
			 const struct mdl_vec *b, struct mdl_vec *out)
{
	const uint32_t *none = NULL;
	size_t shift = 0;
	if (a->json && mdl_type_is_complex(a->type))
		a = mdl_json_nest(a, ch->nfirst ? ch->first : none, ch->nfirst, x->nrows,
				  x->fx.session->timezone, x->fx.arena);
	if (b->json && mdl_type_is_complex(b->type))
		b = mdl_json_nest(b, ch->nsecond ? ch->second : none, ch->nsecond, x->nrows,
				  x->fx.session->timezone, x->fx.arena);
	if (out->type->kind == MDL_T_STRUCT) {
		for (size_t i = 0; i < out->type->nfields; i++)
			pick_vectors(x, ch, a->child[i], b->child[i], out->child[i]);
		for (size_t i = 0; i < ch->nfirst; i++)
			out->valid[ch->first[i]] = a->valid[mdl_row(a, ch->first[i])];
		for (size_t i = 0; i < ch->nsecond; i++)
			out->valid[ch->second[i]] = b->valid[mdl_row(b, ch->second[i])];
		return;
	}
	bool list = out->type->kind == MDL_T_ARRAY || out->type->kind == MDL_T_MAP;
	if (list) {
		shift = ch->nfirst ? reach(a, ch->first, ch->nfirst) : 0;
		join_lists(x, a, shift, b, ch->nsecond ? reach(b, ch->second, ch->nsecond) : 0, out);
	}
	struct mdl_vec **child = out->child;
	for (size_t i = 0; i < ch->nfirst; i++)
		mdl_vec_copy(out, ch->first[i], a, ch->first[i]);
	for (size_t i = 0; i < ch->nsecond; i++) {
		uint32_t row = ch->second[i];
		mdl_vec_copy(out, row, b, row);
		if (list && out->valid[row])
			out->span[row].at += (uint32_t)shift;
	}
	out->child = child;
}

/* Containers: cells of JSON (or NULL) on both sides stay cells; else both become vectors, and lists share one pool. */
static void pick_containers(struct mdl_exec *x, const struct mdl_vec *c, const struct mdl_vec *a,
			    const struct mdl_vec *b, const uint32_t *sel, size_t n, struct mdl_vec *out)
{
	bool json = (a->json || b->json) && (a->json || (!a->mask && !a->valid[0])) &&
		    (b->json || (!b->mask && !b->valid[0]));
	struct mdl_json_value *cells = json ? mdl_arena_zalloc(x->fx.arena, x->nrows * sizeof(*cells)) : NULL;
	uint32_t *first = mdl_arena_alloc(x->fx.arena, (n + 1) * sizeof(*first)),
		 *second = mdl_arena_alloc(x->fx.arena, (n + 1) * sizeof(*second));
	struct choice ch = {first, second, 0, 0};
	MDL_EACH(row, sel, n)
	{
		bool take = c->valid[mdl_row(c, row)] & c->b8[mdl_row(c, row)];
		const struct mdl_vec *v = take ? a : b;
		if (take)
			first[ch.nfirst++] = (uint32_t)row;
		else
			second[ch.nsecond++] = (uint32_t)row;
		out->valid[row] = json && v->valid[mdl_row(v, row)];
		if (out->valid[row])
			cells[row] = v->json[mdl_row(v, row)];
	}
	out->json = cells;
	if (!json)
		pick_vectors(x, &ch, a, b, out);
}

#define PICK(field)                                                                                     \
	MDL_EACH(row, sel, n)                                                                           \
	{                                                                                               \
		const struct mdl_vec *v = (c->valid[mdl_row(c, row)] & c->b8[mdl_row(c, row)]) ? a : b; \
		size_t r = mdl_row(v, row);                                                             \
		out->valid[row] = v->valid[r];                                                          \
		if (v->valid[r])                                                                        \
			out->field[row] = v->field[r];                                                  \
	}

void mdl_kernel_if(struct mdl_exec *x, const struct mdl_instr *in, const uint32_t *sel, size_t n,
		   struct mdl_vec *out)
{
	const struct mdl_vec *c = x->reg[in->args[0]], *a = x->reg[in->args[1]], *b = x->reg[in->args[2]];
	switch (out->type->kind) {
	case MDL_T_NULL:
		MDL_EACH(row, sel, n)
		out->valid[row] = 0;
		break;
	case MDL_T_BOOLEAN:
		PICK(b8)
		break;
	case MDL_T_FLOAT:
	case MDL_T_DOUBLE:
		PICK(f64)
		break;
	case MDL_T_DECIMAL:
	case MDL_T_INTERVAL:
		PICK(i128)
		break;
	case MDL_T_STRING:
	case MDL_T_BINARY:
		PICK(str)
		break;
	case MDL_T_ARRAY:
	case MDL_T_MAP:
	case MDL_T_STRUCT:
	case MDL_T_ANY:
		pick_containers(x, c, a, b, sel, n, out);
		break;
	default:
		PICK(i64)
	}
}
