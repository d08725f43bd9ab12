/* SPDX-License-Identifier: MIT
 *
 * JSON containers to nested vectors, for the functions that look into arrays, maps and
 * structs. A column that is only passed on never comes here.
 */
#include <string.h>

#include "sql/json_column.h"
#include "sql/program.h"
#include "json/text.h"

struct nest {
	const char *timezone;
	struct mdl_arena *a;
};

static struct mdl_vec *nest(struct nest *N, const struct mdl_type *t, const struct mdl_json_value *cells,
			    const uint8_t *valid, const uint32_t *sel, size_t n, size_t nrows);

/* Elements whose type is their token's. */
static struct mdl_vec *tokens(struct nest *N, const struct mdl_json_value *cells, const uint32_t *sel,
			      size_t n, size_t nrows)
{
	struct mdl_vec *out = mdl_vec_new(N->a, &mdl_type_any, nrows);
	MDL_EACH(row, sel, n)
	{
		out->valid[row] = cells[row].kind > MDL_JSON_NULL;
		out->any[row] = (struct mdl_any){
			.type = mdl_json_token_type(N->a, &cells[row]), .raw = true, .json = cells[row]};
	}
	return out;
}

static struct mdl_vec *convert(struct nest *N, const struct mdl_type *t, const struct mdl_json_value *cells,
			       const uint32_t *sel, size_t n, size_t nrows)
{
	if (t->kind == MDL_T_ANY)
		return tokens(N, cells, sel, n, nrows);
	if (mdl_type_is_complex(t))
		return nest(N, t, cells, NULL, sel, n, nrows);
	struct mdl_vec *out = mdl_vec_new(N->a, t, nrows);
	uint8_t *bad = mdl_arena_zalloc(N->a, nrows + 1);
	mdl_json_to_column(cells, sel, n, N->timezone, N->a, out, bad);
	return out;
}

/* Does the row hold a container of T's kind? */
static bool holds(const struct mdl_type *t, const struct mdl_json_value *j, const uint8_t *valid, size_t row)
{
	return (!valid || valid[row]) &&
	       j->kind == (t->kind == MDL_T_ARRAY ? MDL_JSON_ARRAY : MDL_JSON_OBJECT);
}

static void lists(struct nest *N, struct mdl_vec *out, const struct mdl_json_value *cells,
		  const uint8_t *valid, const uint32_t *sel, size_t n)
{
	const struct mdl_type *t = out->type;
	bool map = t->kind == MDL_T_MAP;
	struct mdl_json_iter it;
	uint32_t total = 0, k = 0;
	MDL_EACH(row, sel, n)
	{
		out->valid[row] = holds(t, &cells[row], valid, row);
		if (!out->valid[row])
			continue;
		mdl_json_iter_init(&it, &cells[row]);
		while (mdl_json_iter_next(&it))
			total++;
	}
	struct mdl_json_value *values = mdl_arena_zalloc(N->a, (total + 1) * sizeof(*values));
	struct mdl_json_value *keys = map ? mdl_arena_zalloc(N->a, (total + 1) * sizeof(*keys)) : NULL;
	MDL_EACH(row, sel, n)
	{
		out->span[row] = (struct mdl_span){k, 0};
		if (!out->valid[row])
			continue;
		mdl_json_iter_init(&it, &cells[row]);
		while (mdl_json_iter_next(&it)) {
			if (map)
				keys[k] = (struct mdl_json_value){it.name.p, (uint32_t)it.name.n,
								  MDL_JSON_STRING, it.name_escaped};
			values[k++] = it.value;
		}
		out->span[row].n = k - out->span[row].at;
	}
	out->child = mdl_arena_alloc(N->a, 2 * sizeof(*out->child));
	if (map)
		out->child[0] = convert(N, t->key, keys, NULL, total, total);
	out->child[map] = convert(N, t->element, values, NULL, total, total);
}

static void members(struct nest *N, struct mdl_vec *out, const struct mdl_json_value *cells,
		    const uint8_t *valid, const uint32_t *sel, size_t n, size_t nrows)
{
	const struct mdl_type *t = out->type;
	struct mdl_json_value **found = mdl_arena_alloc(N->a, (t->nfields + 1) * sizeof(*found));
	struct mdl_json_iter it;
	for (size_t i = 0; i < t->nfields; i++)
		found[i] = mdl_arena_zalloc(N->a, (nrows + 1) * sizeof(**found));
	MDL_EACH(row, sel, n)
	{
		out->valid[row] = holds(t, &cells[row], valid, row);
		if (!out->valid[row])
			continue;
		mdl_json_iter_init(&it, &cells[row]);
		while (mdl_json_iter_next(&it)) {
			struct mdl_slice name = it.name;
			if (it.name_escaped) {
				char *d = mdl_arena_alloc(N->a, name.n);
				name = (struct mdl_slice){d, mdl_json_unescape_to(d, it.name)};
			}
			for (size_t i = 0; i < t->nfields; i++)
				if (mdl_slice_eq(t->fields[i].name, name))
					found[i][row] = it.value;
		}
	}
	for (size_t i = 0; i < t->nfields; i++)
		out->child[i] = convert(N, t->fields[i].type, found[i], sel, n, nrows);
}

static struct mdl_vec *nest(struct nest *N, const struct mdl_type *t, const struct mdl_json_value *cells,
			    const uint8_t *valid, const uint32_t *sel, size_t n, size_t nrows)
{
	struct mdl_vec *out = mdl_vec_new(N->a, t, nrows);
	if (t->kind != MDL_T_STRUCT)
		lists(N, out, cells, valid, sel, n);
	else
		members(N, out, cells, valid, sel, n, nrows);
	if (t->kind == MDL_T_STRUCT && !t->nfields)
		out->json = cells; /* an undeclared object: what it holds is nowhere else */
	return out;
}

struct mdl_vec *mdl_json_nest(const struct mdl_vec *v, const uint32_t *sel, size_t n, size_t nrows,
			      const char *timezone, struct mdl_arena *a)
{
	struct nest N = {timezone, a};
	return nest(&N, v->type, v->json, v->valid, sel, n, nrows);
}

void mdl_json_field(const struct mdl_vec *v, size_t k, bool cells, const uint32_t *sel, size_t n,
		    size_t nrows, const char *timezone, struct mdl_arena *a, struct mdl_vec *out)
{
	struct mdl_slice want = v->type->fields[k].name;
	struct mdl_json_value *found = mdl_arena_zalloc(a, (nrows + 1) * sizeof(*found));
	struct mdl_json_iter it;
	MDL_EACH(row, sel, n)
	{
		if (!holds(v->type, &v->json[row], v->valid, row))
			continue;
		mdl_json_iter_init(&it, &v->json[row]);
		while (mdl_json_iter_next(&it)) {
			struct mdl_slice name = it.name;
			if (it.name_escaped) {
				char *d = mdl_arena_alloc(a, name.n);
				name = (struct mdl_slice){d, mdl_json_unescape_to(d, it.name)};
			}
			if (mdl_slice_eq(name, want))
				found[row] = it.value;
		}
	}
	if (!cells && !mdl_type_is_complex(out->type)) {
		uint8_t *bad = mdl_arena_zalloc(a, nrows + 1);
		mdl_json_to_column(found, sel, n, timezone, a, out, bad);
		return;
	}
	out->json = found;
	MDL_EACH(row, sel, n)
	out->valid[row] = found[row].kind > MDL_JSON_NULL;
}
