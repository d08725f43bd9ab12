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
void mdl_kernel_fail(struct mdl_exec *x, const struct mdl_instr *in, const uint32_t *sel, size_t n, struct mdl_vec *out)
{
	const struct mdl_row_fail *fail = in->ptr;
	MDL_EACH(row, sel, n)
		mdl_fn_fail(&x->fx, out, row, fail->class, "%s", fail->message);
}

void mdl_kernel_column(struct mdl_exec *x, const struct mdl_instr *in, const uint32_t *sel, size_t n, struct mdl_vec *out)
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

void mdl_kernel_load(struct mdl_exec *x, const struct mdl_instr *in, const uint32_t *sel, size_t n, struct mdl_vec *out)
{
	uint8_t *bad = mdl_arena_zalloc(x->fx.arena, x->nrows);
	if (mdl_json_to_column(x->cols[in->imm], sel, n, x->fx.session->timezone, x->fx.arena, out, bad))
		note_bad(x, in->imm, bad, sel, n);
}

void mdl_kernel_input(struct mdl_exec *x, const struct mdl_instr *in, const uint32_t *sel, size_t n, struct mdl_vec *out)
{
	const struct mdl_vec *v = x->inputs[in->imm];
	if (v->type->kind != MDL_T_ANY) {
		const struct mdl_type *t = out->type;
		*out = *v;
		if (v->type->kind != MDL_T_STRUCT)
			out->type = t;
		return;
	}
	MDL_EACH(row, sel, n) {
		const struct mdl_any *a = &v->any[mdl_row(v, row)];
		out->valid[row] = v->valid[mdl_row(v, row)] && a->type->kind != MDL_T_NULL;
		if (!out->valid[row])
			continue;
		if (out->type->kind == MDL_T_DECIMAL && a->type->kind != MDL_T_DECIMAL)
			out->i128[row] = a->i64;
		else
			mdl_vec_set(out, row, a);
	}
}

void mdl_kernel_retype(struct mdl_exec *x, const struct mdl_instr *in, const uint32_t *sel, size_t n, struct mdl_vec *out)
{
	(void)sel;
	(void)n;
	const struct mdl_type *t = out->type;
	*out = *x->reg[in->args[0]];
	out->type = t;
}

/* Register REG with its containers unpacked. */
static struct mdl_vec *nested(struct mdl_exec *x, int reg, const uint32_t *sel, size_t n)
{
	struct mdl_vec *v = x->reg[reg];
	if (!v->json || !mdl_type_is_complex(v->type))
		return v;
	return mdl_json_nest(v, sel, n, x->nrows, x->fx.session->timezone, x->fx.arena);
}

void mdl_kernel_cast(struct mdl_exec *x, const struct mdl_instr *in, const uint32_t *sel, size_t n, struct mdl_vec *out)
{
	const struct mdl_vec *v = nested(x, in->args[0], sel, n);
	/* The cast that comes most often, without its generality. */
	if (mdl_type_is_integral(v->type) && mdl_type_is_fractional(out->type)) {
		bool narrow = out->type->kind == MDL_T_FLOAT;
		MDL_EACH(row, sel, n) {
			out->valid[row] = v->valid[mdl_row(v, row)];
			if (out->valid[row])
				out->f64[row] = narrow ? (double)(float)v->i64[mdl_row(v, row)] : (double)v->i64[mdl_row(v, row)];
		}
		return;
	}
	x->fx.quiet = in->quiet;
	mdl_cast_eval(&x->fx, v, sel, n, out);
	x->fx.quiet = false;
}

/* a[i] of arrays, from 0. */
void mdl_kernel_index(struct mdl_exec *x, const struct mdl_instr *in, const uint32_t *sel, size_t n, struct mdl_vec *out)
{
	const struct mdl_vec *a = nested(x, in->args[0], sel, n), *at = x->reg[in->args[1]];
	MDL_EACH(row, sel, n) {
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
		mdl_fn_fail(&x->fx, out, row, "INVALID_ARRAY_INDEX",
			    "The index %lld is out of bounds. The array has %u elements. Use the SQL function `get()` to tolerate "
			    "accessing element at invalid index and return NULL instead.", (long long)i, a->span[ra].n);
		x->fx.quiet = false;
	}
}

/* s.f of structs that were computed; imm: the field. */
void mdl_kernel_field(struct mdl_exec *x, const struct mdl_instr *in, const uint32_t *sel, size_t n, struct mdl_vec *out)
{
	const struct mdl_vec *s = nested(x, in->args[0], sel, n);
	MDL_EACH(row, sel, n) {
		if (s->valid[mdl_row(s, row)])
			mdl_vec_copy(out, row, s->child[in->imm], mdl_row(s, row));
		else
			out->valid[row] = 0;
	}
}

/* Rows of SEL where all arguments have a value. NULL SEL and all valid: NULL. */
static const uint32_t *strict_rows(struct mdl_exec *x, struct mdl_vec *const *args, size_t nargs, const uint32_t *sel, size_t *n,
				   struct mdl_vec *out)
{
	size_t k = 0;
	MDL_EACH(row, sel, *n) {
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

void mdl_kernel_call(struct mdl_exec *x, const struct mdl_instr *in, const uint32_t *sel, size_t n, struct mdl_vec *out)
{
	struct mdl_vec **args = mdl_arena_alloc(x->fx.arena, (in->nargs + 1) * sizeof(*args));
	for (size_t i = 0; i < in->nargs; i++)
		args[i] = nested(x, in->args[i], sel, n);
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

void mdl_kernel_struct(struct mdl_exec *x, const struct mdl_instr *in, const uint32_t *sel, size_t n, struct mdl_vec *out)
{
	for (size_t i = 0; i < in->nargs; i++)
		out->child[i] = x->reg[in->args[i]];
	MDL_EACH(row, sel, n)
		out->valid[row] = 1;
}

#define PICK(field)                                                                                                      \
	MDL_EACH(row, sel, n) {                                                                                          \
		const struct mdl_vec *v = (c->valid[mdl_row(c, row)] & c->b8[mdl_row(c, row)]) ? a : b;                   \
		size_t r = mdl_row(v, row);                                                                              \
		out->valid[row] = v->valid[r];                                                                           \
		if (v->valid[r])                                                                                         \
			out->field[row] = v->field[r];                                                                   \
	}

void mdl_kernel_if(struct mdl_exec *x, const struct mdl_instr *in, const uint32_t *sel, size_t n, struct mdl_vec *out)
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
		PICK(i128)
		break;
	case MDL_T_STRING:
	case MDL_T_BINARY:
		PICK(str)
		break;
	case MDL_T_ARRAY:
	case MDL_T_MAP:
	case MDL_T_STRUCT:
	case MDL_T_ANY: {
		/* Cells of JSON on both sides stay cells; else values are carried one by one. */
		struct mdl_json_value *cells = mdl_arena_zalloc(x->fx.arena, x->nrows * sizeof(*cells));
		bool json = (a->json || !a->mask) && (b->json || !b->mask);
		MDL_EACH(row, sel, n) {
			const struct mdl_vec *v = (c->valid[mdl_row(c, row)] & c->b8[mdl_row(c, row)]) ? a : b;
			if (json && v->json) {
				cells[row] = v->json[mdl_row(v, row)];
				out->valid[row] = v->valid[mdl_row(v, row)];
			} else {
				mdl_vec_copy(out, row, v, row);
			}
		}
		if (json)
			out->json = cells;
		break;
	}
	default:
		PICK(i64)
	}
}
