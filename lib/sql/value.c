/* SPDX-License-Identifier: MIT
 *
 * Vectors: see value.h.
 */
#include "sql/value.h"

#include <string.h>

size_t mdl_vec_width(const struct mdl_type *t)
{
	switch (t->kind) {
	case MDL_T_NULL:
	case MDL_T_STRUCT:
		return 0;
	case MDL_T_BOOLEAN:
		return 1;
	case MDL_T_DECIMAL:
	case MDL_T_INTERVAL:
		return sizeof(mdl_i128);
	case MDL_T_STRING:
	case MDL_T_BINARY:
		return sizeof(struct mdl_slice);
	case MDL_T_ARRAY:
	case MDL_T_MAP:
		return sizeof(struct mdl_span);
	case MDL_T_ANY:
		return sizeof(struct mdl_any);
	default:
		return 8;
	}
}

struct mdl_vec *mdl_vec_new(struct mdl_arena *a, const struct mdl_type *t, size_t n)
{
	struct mdl_vec *v = mdl_arena_zalloc(a, sizeof(*v));
	size_t width = mdl_vec_width(t);
	v->type = t;
	v->mask = ~(size_t)0;
	v->valid = mdl_arena_alloc(a, n ? n : 1);
	if (width)
		v->data = mdl_arena_alloc(a, (n ? n : 1) * width);
	if (t->kind == MDL_T_STRUCT) {
		v->child = mdl_arena_alloc(a, (t->nfields ? t->nfields : 1) * sizeof(*v->child));
		for (size_t i = 0; i < t->nfields; i++)
			v->child[i] = mdl_vec_new(a, t->fields[i].type, n);
	} else if (t->kind == MDL_T_ARRAY || t->kind == MDL_T_MAP) {
		/* Without elements, until somebody brings them: lists that are all NULL have no others. */
		bool map = t->kind == MDL_T_MAP;
		v->child = mdl_arena_alloc(a, 2 * sizeof(*v->child));
		v->child[0] = mdl_vec_new(a, map ? t->key : t->element, 0);
		v->child[1] = map ? mdl_vec_new(a, t->element, 0) : NULL;
	}
	return v;
}

struct mdl_vec *mdl_vec_null(struct mdl_arena *a, const struct mdl_type *t)
{
	struct mdl_vec *v = mdl_vec_new(a, t, 1);
	size_t width = mdl_vec_width(t);
	v->mask = 0;
	v->valid[0] = 0;
	if (width)
		memset(v->data, 0, width);
	for (size_t i = 0; t->kind == MDL_T_STRUCT && i < t->nfields; i++)
		v->child[i] = mdl_vec_null(a, t->fields[i].type);
	return v;
}

void mdl_vec_copy(struct mdl_vec *dst, size_t to, const struct mdl_vec *src, size_t from)
{
	from = mdl_row(src, from);
	dst->valid[to] = src->valid[from];
	if (!src->valid[from])
		return;
	size_t width = mdl_vec_width(dst->type);
	if (width)
		memcpy((char *)dst->data + to * width, (const char *)src->data + from * width, width);
	if (dst->type->kind == MDL_T_STRUCT)
		for (size_t i = 0; i < dst->type->nfields; i++)
			mdl_vec_copy(dst->child[i], to, src->child[i], from);
	else if (src->child)
		dst->child = src->child;
}

#define GATHER(field)                  \
	for (size_t i = 0; i < n; i++) \
		out->field[i] = src->field[rows[i]];

struct mdl_vec *mdl_vec_gather(struct mdl_arena *a, struct mdl_vec *src, const uint32_t *rows, size_t n)
{
	if (!src->mask)
		return src;
	struct mdl_vec *out = mdl_arena_zalloc(a, sizeof(*out));
	size_t width = mdl_vec_width(src->type);
	*out = *src;
	out->valid = mdl_arena_alloc(a, n + 1);
	for (size_t i = 0; i < n; i++)
		out->valid[i] = src->valid[rows[i]];
	if (src->json) {
		struct mdl_json_value *cells = mdl_arena_alloc(a, (n + 1) * sizeof(*cells));
		for (size_t i = 0; i < n; i++)
			cells[i] = src->json[rows[i]];
		out->json = cells;
		return out;
	}
	if (src->type->kind == MDL_T_STRUCT) {
		out->child = mdl_arena_alloc(a, (src->type->nfields + 1) * sizeof(*out->child));
		for (size_t k = 0; k < src->type->nfields; k++)
			out->child[k] = mdl_vec_gather(a, src->child[k], rows, n);
		return out;
	}
	out->data = mdl_arena_alloc(a, (n + 1) * (width + !width));
	switch (width) {
	case 0:
		break;
	case 1:
		GATHER(b8)
		break;
	case 8:
		GATHER(i64)
		break;
	case 16:
		GATHER(i128)
		break;
	default:
		GATHER(any)
	}
	return out;
}

struct mdl_any mdl_vec_get(const struct mdl_vec *v, size_t row)
{
	struct mdl_any x = {.type = v->type};
	row = mdl_row(v, row);
	if (!v->valid[row]) {
		x.type = &mdl_type_null;
		return x;
	}
	if (v->json) {
		x.raw = true;
		x.json = v->json[row];
		return x;
	}
	switch (v->type->kind) {
	case MDL_T_NULL:
		break;
	case MDL_T_BOOLEAN:
		x.b8 = v->b8[row];
		break;
	case MDL_T_FLOAT:
	case MDL_T_DOUBLE:
		x.f64 = v->f64[row];
		break;
	case MDL_T_DECIMAL:
	case MDL_T_INTERVAL:
		x.i128 = v->i128[row];
		break;
	case MDL_T_STRING:
	case MDL_T_BINARY:
		x.str = v->str[row];
		break;
	case MDL_T_ARRAY:
	case MDL_T_MAP:
	case MDL_T_STRUCT:
		x.vec = v;
		x.row = row;
		break;
	case MDL_T_ANY:
		return v->any[row];
	default:
		x.i64 = v->i64[row];
	}
	return x;
}

void mdl_vec_set(struct mdl_vec *v, size_t row, const struct mdl_any *x)
{
	v->valid[row] = x->type->kind != MDL_T_NULL;
	if (v->type->kind == MDL_T_ANY) {
		v->any[row] = *x;
		return;
	}
	if (!v->valid[row])
		return;
	switch (v->type->kind) {
	case MDL_T_NULL:
		break;
	case MDL_T_BOOLEAN:
		v->b8[row] = x->b8;
		break;
	case MDL_T_FLOAT:
	case MDL_T_DOUBLE:
		v->f64[row] = x->f64;
		break;
	case MDL_T_DECIMAL:
	case MDL_T_INTERVAL:
		v->i128[row] = x->i128;
		break;
	case MDL_T_STRING:
	case MDL_T_BINARY:
		v->str[row] = x->str;
		break;
	case MDL_T_ARRAY:
	case MDL_T_MAP:
	case MDL_T_STRUCT:
		mdl_vec_copy(v, row, x->vec, x->row);
		break;
	default:
		v->i64[row] = x->i64;
	}
}
