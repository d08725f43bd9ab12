/* SPDX-License-Identifier: MIT
 *
 * Functions of maps. A key may not be NULL and not stand twice (spark.sql.mapKeyDedupPolicy
 * is EXCEPTION).
 */
#include <string.h>

#include "sql/coerce.h"
#include "sql/func_list.h"

/* Maps being made: keys and values side by side. */
struct maker {
	struct mdl_fn_ctx *ctx;
	struct mdl_vec *out;
	struct mdl_grow keys, values;
};

static void maker_init(struct maker *m, struct mdl_fn_ctx *ctx, struct mdl_vec *out, size_t n)
{
	m->ctx = ctx;
	m->out = out;
	mdl_grow_init(&m->keys, ctx, out->type->key, n);
	mdl_grow_init(&m->values, ctx, out->type->element, n);
}

static void maker_begin(struct maker *m, size_t row)
{
	m->out->valid[row] = 1;
	mdl_grow_begin(&m->keys, m->out, row);
}

static void maker_end(struct maker *m, size_t row)
{
	mdl_grow_end(&m->keys, m->out, row);
}

static void maker_finish(struct maker *m)
{
	mdl_grow_finish(m->out, m->ctx->arena, &m->keys, &m->values);
}

/* Add a pair to ROW's map; false when the row failed. */
static bool maker_put(struct maker *m, size_t row, const struct mdl_vec *k, size_t ki,
		      const struct mdl_vec *v, size_t vi)
{
	if (!k->valid[mdl_row(k, ki)]) {
		mdl_fn_fail(m->ctx, m->out, row, "NULL_MAP_KEY", "Cannot use null as map key.");
		return false;
	}
	for (size_t i = m->out->span[row].at; i < m->keys.n; i++)
		if (mdl_vec_compare(m->keys.v, i, k, ki) == 0) {
			struct mdl_buf b = MDL_BUF_INIT(1 << 10);
			mdl_vec_to_json(&b, k, ki);
			mdl_fn_fail(m->ctx, m->out, row, "DUPLICATED_MAP_KEY",
				    "Duplicate map key %.*s was found, please check the input data.",
				    (int)b.n, b.p);
			mdl_buf_free(&b);
			return false;
		}
	mdl_grow_add(&m->keys, k, ki);
	mdl_grow_add(&m->values, v, vi);
	return true;
}

/* ---- making ---- */

static int common(struct mdl_call *call, size_t first, size_t step, const char *class, struct mdl_err *err,
		  const struct mdl_type **t)
{
	for (size_t i = first; i < call->nargs; i += step) {
		const struct mdl_type *both =
			*t ? mdl_coerce_nested(call->arena, *t, call->args[i], call->session->ansi, true)
			   : call->args[i];
		if (!both)
			return mdl_list_mismatch(call, class, "its keys or its values are of several types",
						 err);
		*t = both;
	}
	return 0;
}

static int resolve_map(struct mdl_call *call, struct mdl_err *err)
{
	const struct mdl_type *key = NULL, *value = NULL;
	if (call->nargs % 2)
		return mdl_err_set(
			err, MDL_TROUBLE,
			"[WRONG_NUM_ARGS.WITHOUT_SUGGESTION] The `map` requires 2n (n > 0) parameters but the actual "
			"number is %zu",
			call->nargs);
	if (common(call, 0, 2, "CREATE_MAP_KEY_DIFF_TYPES", err, &key) ||
	    common(call, 1, 2, "CREATE_MAP_VALUE_DIFF_TYPES", err, &value))
		return -1;
	if (key && key->kind == MDL_T_MAP)
		return mdl_list_mismatch(call, "INVALID_MAP_KEY_TYPE",
					 "the key of map cannot be/contain \"MAP\"", err);
	for (size_t i = 0; i < call->nargs; i++)
		call->args[i] = i % 2 ? value : key;
	call->result = mdl_type_map(call->arena, key ? key : &mdl_type_null, value ? value : &mdl_type_null);
	return 0;
}

static void f_map(MDL_FN_PARAMS)
{
	struct maker m;
	maker_init(&m, ctx, out, n * (nargs / 2));
	MDL_EACH(row, sel, n)
	{
		maker_begin(&m, row);
		for (size_t i = 0; i < nargs && maker_put(&m, row, args[i], row, args[i + 1], row);)
			i += 2;
		maker_end(&m, row);
	}
	maker_finish(&m);
}

static int resolve_from_arrays(struct mdl_call *call, struct mdl_err *err)
{
	if (mdl_list_need(call, 0, MDL_T_ARRAY, false, err) < 0 ||
	    mdl_list_need(call, 1, MDL_T_ARRAY, false, err) < 0)
		return -1;
	call->result = mdl_type_map(call->arena, call->args[0]->element, call->args[1]->element);
	return 0;
}

static void f_from_arrays(MDL_FN_PARAMS)
{
	struct maker m;
	(void)nargs;
	maker_init(&m, ctx, out, n);
	MDL_EACH(row, sel, n)
	{
		struct mdl_span k = mdl_arg_span(args, 0, row), v = mdl_arg_span(args, 1, row);
		maker_begin(&m, row);
		if (k.n != v.n)
			mdl_fn_fail(ctx, out, row, "_LEGACY_ERROR_TEMP_2128",
				    "The key array and value array of MapData must have the same length.");
		for (uint32_t i = 0; i < k.n && k.n == v.n; i++)
			if (!maker_put(&m, row, args[0]->child[0], k.at + i, args[1]->child[0], v.at + i))
				break;
		maker_end(&m, row);
	}
	maker_finish(&m);
}

static int resolve_from_entries(struct mdl_call *call, struct mdl_err *err)
{
	const struct mdl_type *t = call->args[0];
	if (t->kind != MDL_T_ARRAY || t->element->kind != MDL_T_STRUCT || t->element->nfields != 2)
		return mdl_list_mismatch(call, "UNEXPECTED_INPUT_TYPE",
					 "the first parameter requires the \"ARRAY\" of pair \"STRUCT\" type",
					 err);
	call->result = mdl_type_map(call->arena, t->element->fields[0].type, t->element->fields[1].type);
	return 0;
}

static void f_from_entries(MDL_FN_PARAMS)
{
	struct maker m;
	(void)nargs;
	maker_init(&m, ctx, out, n);
	MDL_EACH(row, sel, n)
	{
		struct mdl_span s = mdl_arg_span(args, 0, row);
		const struct mdl_vec *pairs = args[0]->child[0];
		bool whole = true;
		maker_begin(&m, row);
		for (uint32_t i = 0; i < s.n; i++)
			whole &= pairs->valid[mdl_row(pairs, s.at + i)];
		out->valid[row] = whole;
		for (uint32_t i = 0; i < s.n && whole; i++) {
			size_t at = mdl_row(pairs, s.at + i);
			if (!maker_put(&m, row, pairs->child[0], at, pairs->child[1], at))
				break;
		}
		maker_end(&m, row);
	}
	maker_finish(&m);
}

static int resolve_concat(struct mdl_call *call, struct mdl_err *err)
{
	const struct mdl_type *key = NULL, *value = NULL;
	for (size_t i = 0; i < call->nargs; i++) {
		const struct mdl_type *t = call->args[i];
		if (t->kind != MDL_T_MAP)
			return mdl_list_mismatch(call, "MAP_CONCAT_DIFF_TYPES",
						 "its arguments should all be of type map", err);
		key = key ? mdl_coerce_nested(call->arena, key, t->key, call->session->ansi, true) : t->key;
		value = value ? mdl_coerce_nested(call->arena, value, t->element, call->session->ansi, true)
			      : t->element;
		if (!key || !value)
			return mdl_list_mismatch(call, "MAP_CONCAT_DIFF_TYPES",
						 "its maps are of several types", err);
	}
	call->result =
		mdl_type_map(call->arena, key ? key : &mdl_type_string, value ? value : &mdl_type_string);
	for (size_t i = 0; i < call->nargs; i++)
		call->args[i] = call->result;
	return 0;
}

static void f_concat(MDL_FN_PARAMS)
{
	struct maker m;
	maker_init(&m, ctx, out, n);
	MDL_EACH(row, sel, n)
	{
		bool ok = true;
		maker_begin(&m, row);
		for (size_t a = 0; a < nargs && ok; a++) {
			struct mdl_span s = mdl_arg_span(args, a, row);
			for (uint32_t i = 0; i < s.n && ok; i++)
				ok = maker_put(&m, row, args[a]->child[0], s.at + i, args[a]->child[1],
					       s.at + i);
		}
		maker_end(&m, row);
	}
	maker_finish(&m);
}

/* ---- parts ---- */

static int resolve_part(struct mdl_call *call, struct mdl_err *err)
{
	if (mdl_list_need(call, 0, MDL_T_MAP, true, err) < 0)
		return -1;
	const struct mdl_type *t = call->args[0];
	if (strcmp(call->name, "map_entries") == 0) {
		struct mdl_field f[2] = {{MDL_SLICE("key"), t->key, true},
					 {MDL_SLICE("value"), t->element, false}};
		call->result = mdl_type_array(call->arena, mdl_type_struct(call->arena, f, 2));
	} else {
		call->result = mdl_type_array(call->arena,
					      strcmp(call->name, "map_keys") == 0 ? t->key : t->element);
	}
	return 0;
}

static void part(struct mdl_fn_ctx *ctx, struct mdl_vec *const *args, const uint32_t *sel, size_t n,
		 struct mdl_vec *out, size_t which)
{
	out->child = mdl_arena_zalloc(ctx->arena, 2 * sizeof(*out->child));
	out->child[0] = args[0]->child[which];
	MDL_EACH(row, sel, n)
	out->span[row] = mdl_arg_span(args, 0, row);
}

static void f_keys(MDL_FN_PARAMS)
{
	(void)nargs;
	part(ctx, args, sel, n, out, 0);
}

static void f_values(MDL_FN_PARAMS)
{
	(void)nargs;
	part(ctx, args, sel, n, out, 1);
}

static void f_entries(MDL_FN_PARAMS)
{
	struct mdl_grow g;
	(void)nargs;
	mdl_grow_init(&g, ctx, out->type->element, n);
	MDL_EACH(row, sel, n)
	{
		struct mdl_span s = mdl_arg_span(args, 0, row);
		out->span[row] = (struct mdl_span){(uint32_t)g.n, s.n};
		for (uint32_t i = 0; i < s.n; i++) {
			mdl_grow_row(&g);
			mdl_grow_add(&g.child[0], args[0]->child[0], s.at + i);
			mdl_grow_add(&g.child[1], args[0]->child[1], s.at + i);
		}
	}
	mdl_grow_finish(out, ctx->arena, &g, NULL);
}

static int resolve_has(struct mdl_call *call, struct mdl_err *err)
{
	if (mdl_list_need(call, 0, MDL_T_MAP, false, err) < 0)
		return -1;
	const struct mdl_type *t = call->args[0];
	if (call->args[1]->kind == MDL_T_NULL)
		return mdl_list_mismatch(call, "NULL_TYPE", "Null typed values cannot be used as arguments",
					 err);
	const struct mdl_type *k = mdl_coerce_tightest(t->key, call->args[1], call->session->ansi);
	if (!k)
		return mdl_list_mismatch(call, "MAP_FUNCTION_DIFF_TYPES",
					 "the key is of another type than the map's", err);
	call->args[0] = mdl_type_eq(k, t->key) ? t : mdl_type_map(call->arena, k, t->element);
	call->args[1] = k;
	call->result = &mdl_type_boolean;
	return 0;
}

static void f_has(MDL_FN_PARAMS)
{
	MDL_FN_UNUSED;
	MDL_EACH(row, sel, n)
	{
		struct mdl_span s = mdl_arg_span(args, 0, row);
		out->b8[row] = 0;
		for (uint32_t i = 0; i < s.n && !out->b8[row]; i++)
			out->b8[row] = mdl_vec_compare(args[0]->child[0], s.at + i, args[1], row) == 0;
	}
}

enum { S = MDL_FN_STRICT, F = MDL_FN_CAN_FAIL };

const struct mdl_fn mdl_func_map[] = {
	{"map", 0, 254, F, NULL, resolve_map, NULL, f_map},
	{"map_from_arrays", 2, 2, S | F, NULL, resolve_from_arrays, NULL, f_from_arrays},
	{"map_from_entries", 1, 1, S | F, NULL, resolve_from_entries, NULL, f_from_entries},
	{"map_concat", 0, 255, S | F, NULL, resolve_concat, NULL, f_concat},
	{"map_keys", 1, 1, S, NULL, resolve_part, NULL, f_keys},
	{"map_values", 1, 1, S, NULL, resolve_part, NULL, f_values},
	{"map_entries", 1, 1, S, NULL, resolve_part, NULL, f_entries},
	{"map_contains_key", 2, 2, S, NULL, resolve_has, NULL, f_has},
	{NULL, 0, 0, 0, NULL, NULL, NULL, NULL},
};
