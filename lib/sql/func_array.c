/* SPDX-License-Identifier: MIT
 *
 * Functions that make arrays and take them apart. Those that treat them as sets are
 * in func_set.c.
 */
#include <string.h>

#include "sql/coerce.h"
#include "sql/func_list.h"

/* An array longer than this is no value but a mistake, and takes all memory (Spark's own limit is 2^31 - 15). */
enum { MAX_ELEMENTS = 1 << 26 };

static bool too_many(struct mdl_fn_ctx *ctx, struct mdl_vec *out, size_t row, int64_t n)
{
	if (n <= MAX_ELEMENTS)
		return false;
	mdl_fn_fail(ctx, out, row, "COLLECTION_SIZE_LIMIT_EXCEEDED.PARAMETER",
		    "Can't create array with %lld elements which exceeding the array size limit %d.",
		    (long long)n, MAX_ELEMENTS);
	return true;
}

/* ---- array, size ---- */

static int resolve_array(struct mdl_call *call, struct mdl_err *err)
{
	const struct mdl_type *t = call->nargs ? call->args[0] : &mdl_type_null;
	(void)err;
	call->result = mdl_type_array(call->arena, t);
	return 0;
}

static void f_array(MDL_FN_PARAMS)
{
	struct mdl_grow g;
	mdl_grow_init(&g, ctx, out->type->element, n * nargs);
	MDL_EACH(row, sel, n)
	{
		out->valid[row] = 1;
		out->span[row] = (struct mdl_span){(uint32_t)g.n, (uint32_t)nargs};
		for (size_t i = 0; i < nargs; i++)
			mdl_grow_add(&g, args[i], row);
	}
	mdl_grow_finish(out, ctx->arena, &g, NULL);
}

static int resolve_size(struct mdl_call *call, struct mdl_err *err)
{
	call->result = &mdl_type_int;
	if (call->args[0]->kind == MDL_T_MAP && strcmp(call->name, "array_size") != 0)
		return 0;
	return mdl_list_need(call, 0, MDL_T_ARRAY, true, err);
}

static void f_array_size(MDL_FN_PARAMS)
{
	MDL_FN_UNUSED;
	MDL_EACH(row, sel, n)
	out->i64[row] = mdl_arg_span(args, 0, row).n;
}

/* Of NULL it is -1 without ANSI. */
static void f_size(MDL_FN_PARAMS)
{
	(void)nargs;
	MDL_EACH(row, sel, n)
	{
		bool known = mdl_arg_valid(args, 0, row);
		out->valid[row] = known || !ctx->session->ansi;
		out->i64[row] = known ? (int64_t)mdl_arg_span(args, 0, row).n : -1;
	}
}

/* ---- looking for an element ---- */

static int resolve_contains(struct mdl_call *call, struct mdl_err *err)
{
	call->result = strcmp(call->name, "array_position") == 0 ? &mdl_type_bigint : &mdl_type_boolean;
	if (mdl_list_need(call, 0, MDL_T_ARRAY, false, err) < 0)
		return -1;
	if (call->args[1]->kind == MDL_T_NULL)
		return mdl_list_mismatch(call, "NULL_TYPE", "Null typed values cannot be used as arguments",
					 err);
	if (mdl_list_item(call, 0, 1, err) < 0)
		return -1;
	return mdl_list_ordered(call, call->args[0]->element, err);
}

static bool same(const struct mdl_vec *a, size_t x, const struct mdl_vec *b, size_t y)
{
	if (a->type->kind == MDL_T_ANY && b->type->kind != MDL_T_ANY) {
		struct mdl_any v = mdl_vec_get(b, y);
		uint8_t valid = 1;
		struct mdl_vec any = {.type = &mdl_type_any, .valid = &valid, .any = &v};
		return mdl_vec_compare(a, x, &any, 0) == 0;
	}
	return mdl_vec_compare(a, x, b, y) == 0;
}

/* NULL when it is not there but a NULL is, for that might be it. */
static void f_array_contains(MDL_FN_PARAMS)
{
	MDL_FN_UNUSED;
	MDL_EACH(row, sel, n)
	{
		struct mdl_span s = mdl_arg_span(args, 0, row);
		const struct mdl_vec *items = args[0]->child[0];
		bool found = false, unknown = false;
		for (uint32_t i = 0; i < s.n && !found; i++) {
			bool valid = items->valid[mdl_row(items, s.at + i)];
			unknown |= !valid;
			found = valid && same(items, s.at + i, args[1], row);
		}
		out->b8[row] = found;
		out->valid[row] = found || !unknown;
	}
}

static void f_array_position(MDL_FN_PARAMS)
{
	MDL_FN_UNUSED;
	MDL_EACH(row, sel, n)
	{
		struct mdl_span s = mdl_arg_span(args, 0, row);
		const struct mdl_vec *items = args[0]->child[0];
		out->i64[row] = 0;
		for (uint32_t i = 0; i < s.n && out->i64[row] == 0; i++)
			if (items->valid[mdl_row(items, s.at + i)] && same(items, s.at + i, args[1], row))
				out->i64[row] = i + 1;
	}
}

static int resolve_element(struct mdl_call *call, struct mdl_err *err)
{
	const struct mdl_type *t = call->args[0];
	bool map = t->kind == MDL_T_MAP && strcmp(call->name, "get") != 0;
	if (!map && mdl_list_need(call, 0, MDL_T_ARRAY, false, err) < 0)
		return -1;
	call->result = t->element;
	if (!map) {
		if (!mdl_type_is_integral(call->args[1]) && call->args[1]->kind != MDL_T_NULL)
			return mdl_list_mismatch(call, "UNEXPECTED_INPUT_TYPE",
						 "the second parameter requires the \"INTEGRAL\" type", err);
		call->args[1] = &mdl_type_int;
		return 0;
	}
	const struct mdl_type *k = mdl_coerce_tightest(t->key, call->args[1], call->session->ansi);
	if (!k)
		return mdl_list_mismatch(call, "MAP_FUNCTION_DIFF_TYPES",
					 "the key is of another type than the map's", err);
	call->args[0] = mdl_type_eq(k, t->key) ? t : mdl_type_map(call->arena, k, t->element);
	call->args[1] = k;
	return 0;
}

static void map_element(struct mdl_vec *const *args, struct mdl_vec *out, size_t row)
{
	struct mdl_span s = mdl_arg_span(args, 0, row);
	for (uint32_t i = 0; i < s.n; i++)
		if (same(args[0]->child[0], s.at + i, args[1], row)) {
			mdl_vec_copy(out, row, args[0]->child[1], s.at + i);
			return;
		}
	out->valid[row] = 0;
}

static void f_element_at(MDL_FN_PARAMS)
{
	(void)nargs;
	MDL_EACH(row, sel, n)
	{
		if (args[0]->type->kind == MDL_T_MAP) {
			map_element(args, out, row);
			continue;
		}
		struct mdl_span s = mdl_arg_span(args, 0, row);
		int64_t k = mdl_arg_int(args, 1, row);
		if (k == 0) {
			/* try_element_at does not try this. */
			struct mdl_fn_ctx loud = *ctx;
			loud.quiet = false;
			mdl_fn_fail(
				&loud, out, row, "INVALID_INDEX_OF_ZERO",
				"The index 0 is invalid. An index shall be either < 0 or > 0 (the first element has index 1).");
			continue;
		}
		k = k < 0 ? k + s.n : k - 1;
		if (k >= 0 && k < s.n)
			mdl_vec_copy(out, row, args[0]->child[0], s.at + (size_t)k);
		else if (ctx->session->ansi)
			mdl_fn_fail(
				ctx, out, row, "INVALID_ARRAY_INDEX_IN_ELEMENT_AT",
				"The index %lld is out of bounds. The array has %u elements. Use `try_element_at` to tolerate "
				"accessing element at invalid index and return NULL instead.",
				(long long)mdl_arg_int(args, 1, row), s.n);
		else
			out->valid[row] = 0;
	}
}

/* From 0; NULL outside. */
static void f_get(MDL_FN_PARAMS)
{
	MDL_FN_UNUSED;
	MDL_EACH(row, sel, n)
	{
		struct mdl_span s = mdl_arg_span(args, 0, row);
		int64_t k = mdl_arg_int(args, 1, row);
		if (k >= 0 && k < s.n)
			mdl_vec_copy(out, row, args[0]->child[0], s.at + (size_t)k);
		else
			out->valid[row] = 0;
	}
}

/* ---- with an element more or less ---- */

static int resolve_item(struct mdl_call *call, struct mdl_err *err)
{
	size_t item = call->nargs - 1;
	if (mdl_list_need(call, 0, MDL_T_ARRAY, false, err) < 0 || mdl_list_item(call, 0, item, err) < 0)
		return -1;
	if (item == 2 && !mdl_type_is_integral(call->args[1]))
		return mdl_list_mismatch(call, "UNEXPECTED_INPUT_TYPE",
					 "the second parameter requires the \"INT\" type", err);
	if (item == 2)
		call->args[1] = &mdl_type_int;
	call->result = call->args[0];
	return strcmp(call->name, "array_remove") == 0 ? mdl_list_ordered(call, call->result->element, err)
						       : 0;
}

static void add_all(struct mdl_grow *g, const struct mdl_vec *list, struct mdl_span s)
{
	for (uint32_t i = 0; i < s.n; i++)
		mdl_grow_add(g, list->child[0], s.at + i);
}

static void add_item(MDL_FN_PARAMS, bool first)
{
	struct mdl_grow g;
	(void)nargs;
	mdl_grow_init(&g, ctx, out->type->element, n);
	MDL_EACH(row, sel, n)
	{
		out->valid[row] = mdl_arg_valid(args, 0, row);
		if (!out->valid[row])
			continue;
		mdl_grow_begin(&g, out, row);
		if (first)
			mdl_grow_add(&g, args[1], row);
		add_all(&g, args[0], mdl_arg_span(args, 0, row));
		if (!first)
			mdl_grow_add(&g, args[1], row);
		mdl_grow_end(&g, out, row);
	}
	mdl_grow_finish(out, ctx->arena, &g, NULL);
}

static void f_append(MDL_FN_PARAMS)
{
	add_item(ctx, args, nargs, sel, n, out, false);
}

static void f_prepend(MDL_FN_PARAMS)
{
	add_item(ctx, args, nargs, sel, n, out, true);
}

static void add_nulls(struct mdl_grow *g, int64_t n)
{
	while (n-- > 0)
		mdl_grow_null(g);
}

/* Position 1 is before the first, -1 behind the last; beyond the ends NULLs fill the gap. */
static void f_insert(MDL_FN_PARAMS)
{
	struct mdl_grow g;
	(void)nargs;
	mdl_grow_init(&g, ctx, out->type->element, n);
	MDL_EACH(row, sel, n)
	{
		out->valid[row] = mdl_arg_valid(args, 0, row) && mdl_arg_valid(args, 1, row);
		if (!out->valid[row])
			continue;
		struct mdl_span s = mdl_arg_span(args, 0, row), left = s;
		int64_t pos = mdl_arg_int(args, 1, row);
		mdl_grow_begin(&g, out, row);
		if (pos == 0) {
			mdl_fn_fail(
				ctx, out, row, "INVALID_INDEX_OF_ZERO",
				"The index 0 is invalid. An index shall be either < 0 or > 0 (the first element has index 1).");
			continue;
		}
		if (too_many(ctx, out, row, pos < 0 ? -pos : pos))
			continue;
		if (pos < -(int64_t)s.n) {
			mdl_grow_add(&g, args[2], row);
			add_nulls(&g, -pos - s.n - 1);
			add_all(&g, args[0], s);
		} else {
			pos = pos < 0 ? pos + s.n + 1 : pos - 1;
			left.n = pos < s.n ? (uint32_t)pos : s.n;
			add_all(&g, args[0], left);
			add_nulls(&g, pos - s.n);
			mdl_grow_add(&g, args[2], row);
			add_all(&g, args[0], (struct mdl_span){s.at + left.n, s.n - left.n});
		}
		mdl_grow_end(&g, out, row);
	}
	mdl_grow_finish(out, ctx->arena, &g, NULL);
}

static int resolve_same(struct mdl_call *call, struct mdl_err *err)
{
	if (mdl_list_need(call, 0, MDL_T_ARRAY, false, err) < 0)
		return -1;
	call->result = call->args[0];
	return 0;
}

static void f_compact(MDL_FN_PARAMS)
{
	struct mdl_grow g;
	(void)nargs;
	mdl_grow_init(&g, ctx, out->type->element, n);
	MDL_EACH(row, sel, n)
	{
		struct mdl_span s = mdl_arg_span(args, 0, row);
		const struct mdl_vec *items = args[0]->child[0];
		mdl_grow_begin(&g, out, row);
		for (uint32_t i = 0; i < s.n; i++)
			if (items->valid[mdl_row(items, s.at + i)])
				mdl_grow_add(&g, items, s.at + i);
		mdl_grow_end(&g, out, row);
	}
	mdl_grow_finish(out, ctx->arena, &g, NULL);
}

static void f_remove(MDL_FN_PARAMS)
{
	struct mdl_grow g;
	(void)nargs;
	mdl_grow_init(&g, ctx, out->type->element, n);
	MDL_EACH(row, sel, n)
	{
		struct mdl_span s = mdl_arg_span(args, 0, row);
		const struct mdl_vec *items = args[0]->child[0];
		mdl_grow_begin(&g, out, row);
		for (uint32_t i = 0; i < s.n; i++)
			if (!items->valid[mdl_row(items, s.at + i)] || !same(items, s.at + i, args[1], row))
				mdl_grow_add(&g, items, s.at + i);
		mdl_grow_end(&g, out, row);
	}
	mdl_grow_finish(out, ctx->arena, &g, NULL);
}

/* ---- parts and wholes ---- */

static int resolve_slice(struct mdl_call *call, struct mdl_err *err)
{
	call->args[1] = call->args[2] = &mdl_type_int;
	return resolve_same(call, err);
}

static void f_slice(MDL_FN_PARAMS)
{
	(void)nargs;
	out->child = args[0]->child;
	MDL_EACH(row, sel, n)
	{
		struct mdl_span s = mdl_arg_span(args, 0, row);
		int64_t from = mdl_arg_int(args, 1, row), len = mdl_arg_int(args, 2, row);
		out->span[row] = (struct mdl_span){s.at, 0};
		if (from == 0) {
			mdl_fn_fail(
				ctx, out, row, "INVALID_PARAMETER_VALUE.START",
				"The value of parameter(s) `start` in `slice` is invalid: Expects a positive or a negative value "
				"for `start`, but got 0.");
			continue;
		}
		if (len < 0) {
			mdl_fn_fail(
				ctx, out, row, "INVALID_PARAMETER_VALUE.LENGTH",
				"The value of parameter(s) `length` in `slice` is invalid: Expects `length` greater than or equal "
				"to 0, but got %lld.",
				(long long)len);
			continue;
		}
		from = from < 0 ? from + s.n : from - 1;
		if (from < 0 || from >= s.n)
			continue;
		out->span[row].at = s.at + (uint32_t)from;
		out->span[row].n = len < s.n - from ? (uint32_t)len : s.n - (uint32_t)from;
	}
}

static int resolve_flatten(struct mdl_call *call, struct mdl_err *err)
{
	if (mdl_list_need(call, 0, MDL_T_ARRAY, false, err) < 0)
		return -1;
	if (call->args[0]->element->kind != MDL_T_ARRAY)
		return mdl_list_mismatch(call, "UNEXPECTED_INPUT_TYPE",
					 "the first parameter requires the \"ARRAY\" of \"ARRAY\" type", err);
	call->result = call->args[0]->element;
	return 0;
}

static void f_flatten(MDL_FN_PARAMS)
{
	struct mdl_grow g;
	(void)nargs;
	mdl_grow_init(&g, ctx, out->type->element, n);
	MDL_EACH(row, sel, n)
	{
		struct mdl_span s = mdl_arg_span(args, 0, row);
		const struct mdl_vec *lists = args[0]->child[0];
		mdl_grow_begin(&g, out, row);
		for (uint32_t i = 0; i < s.n; i++)
			out->valid[row] &= lists->valid[mdl_row(lists, s.at + i)];
		for (uint32_t i = 0; i < s.n && out->valid[row]; i++)
			add_all(&g, lists, lists->span[mdl_row(lists, s.at + i)]);
		mdl_grow_end(&g, out, row);
	}
	mdl_grow_finish(out, ctx->arena, &g, NULL);
}

static int resolve_concat(struct mdl_call *call, struct mdl_err *err)
{
	return mdl_list_same(call, err);
}

static void f_concat(MDL_FN_PARAMS)
{
	struct mdl_grow g;
	mdl_grow_init(&g, ctx, out->type->element, n);
	MDL_EACH(row, sel, n)
	{
		mdl_grow_begin(&g, out, row);
		for (size_t i = 0; i < nargs; i++)
			add_all(&g, args[i], mdl_arg_span(args, i, row));
		mdl_grow_end(&g, out, row);
	}
	mdl_grow_finish(out, ctx->arena, &g, NULL);
}

static void f_reverse(MDL_FN_PARAMS)
{
	struct mdl_grow g;
	(void)nargs;
	mdl_grow_init(&g, ctx, out->type->element, n);
	MDL_EACH(row, sel, n)
	{
		struct mdl_span s = mdl_arg_span(args, 0, row);
		out->span[row] = (struct mdl_span){(uint32_t)g.n, s.n};
		for (uint32_t i = s.n; i > 0; i--)
			mdl_grow_add(&g, args[0]->child[0], s.at + i - 1);
	}
	mdl_grow_finish(out, ctx->arena, &g, NULL);
}

static int resolve_repeat(struct mdl_call *call, struct mdl_err *err)
{
	(void)err;
	call->args[1] = &mdl_type_int;
	call->result = mdl_type_array(call->arena, call->args[0]);
	return 0;
}

static void f_repeat(MDL_FN_PARAMS)
{
	struct mdl_grow g;
	(void)nargs;
	mdl_grow_init(&g, ctx, out->type->element, n);
	MDL_EACH(row, sel, n)
	{
		out->valid[row] = mdl_arg_valid(args, 1, row);
		int64_t k = out->valid[row] ? mdl_arg_int(args, 1, row) : 0;
		mdl_grow_begin(&g, out, row);
		if (too_many(ctx, out, row, k))
			continue;
		while (k-- > 0)
			mdl_grow_add(&g, args[0], row);
		mdl_grow_end(&g, out, row);
	}
	mdl_grow_finish(out, ctx->arena, &g, NULL);
}

/* ---- text ---- */

static int resolve_join(struct mdl_call *call, struct mdl_err *err)
{
	if (mdl_list_need(call, 0, MDL_T_ARRAY, true, err) < 0)
		return -1;
	call->args[0] = mdl_type_array(call->arena, &mdl_type_string);
	for (size_t i = 1; i < call->nargs; i++)
		call->args[i] = &mdl_type_string;
	call->result = &mdl_type_string;
	return 0;
}

static void f_join(MDL_FN_PARAMS)
{
	struct mdl_buf b = MDL_BUF_INIT(1 << 30);
	MDL_EACH(row, sel, n)
	{
		struct mdl_span s = mdl_arg_span(args, 0, row);
		const struct mdl_vec *items = args[0]->child[0];
		bool first = true;
		mdl_buf_clear(&b);
		for (uint32_t i = 0; i < s.n; i++) {
			size_t at = mdl_row(items, s.at + i);
			if (!items->valid[at] && nargs < 3)
				continue;
			if (!first)
				mdl_buf_puts_slice(&b, mdl_arg_str(args, 1, row));
			first = false;
			mdl_buf_puts_slice(&b, items->valid[at] ? items->str[at] : mdl_arg_str(args, 2, row));
		}
		out->str[row] = mdl_arena_slice(ctx->arena, mdl_buf_slice(&b));
	}
	mdl_buf_free(&b);
}

/* ---- arrays_zip ---- */

static int resolve_zip(struct mdl_call *call, struct mdl_err *err)
{
	struct mdl_field *f = mdl_arena_zalloc(call->arena, (call->nargs + 1) * sizeof(*f));
	for (size_t i = 0; i < call->nargs; i++) {
		if (mdl_list_need(call, i, MDL_T_ARRAY, true, err) < 0)
			return -1;
		f[i].name = call->names && call->names[i].n
				    ? call->names[i]
				    : mdl_slice_of(mdl_arena_printf(call->arena, "%zu", i));
		f[i].type = call->args[i]->element;
	}
	call->result = mdl_type_array(call->arena, mdl_type_struct(call->arena, f, call->nargs));
	return 0;
}

static void f_zip(MDL_FN_PARAMS)
{
	struct mdl_grow g;
	mdl_grow_init(&g, ctx, out->type->element, n);
	MDL_EACH(row, sel, n)
	{
		uint32_t most = 0;
		for (size_t i = 0; i < nargs; i++)
			most = mdl_arg_span(args, i, row).n > most ? mdl_arg_span(args, i, row).n : most;
		out->span[row] = (struct mdl_span){(uint32_t)g.n, most};
		for (uint32_t k = 0; k < most; k++) {
			mdl_grow_row(&g);
			for (size_t i = 0; i < nargs; i++) {
				struct mdl_span s = mdl_arg_span(args, i, row);
				if (k < s.n)
					mdl_grow_add(&g.child[i], args[i]->child[0], s.at + k);
				else
					mdl_grow_null(&g.child[i]);
			}
		}
	}
	mdl_grow_finish(out, ctx->arena, &g, NULL);
}

enum { S = MDL_FN_STRICT, F = MDL_FN_CAN_FAIL, T = MDL_FN_TRY };

const struct mdl_fn mdl_func_array[] = {
	{"array", 0, 255, 0, "SAME:SAME", resolve_array, NULL, f_array},
	{"size", 1, 1, 0, NULL, resolve_size, NULL, f_size},
	{"cardinality", 1, 1, 0, NULL, resolve_size, NULL, f_size},
	{"array_size", 1, 1, S, NULL, resolve_size, NULL, f_array_size},
	{"array_contains", 2, 2, S, NULL, resolve_contains, NULL, f_array_contains},
	{"array_position", 2, 2, S, NULL, resolve_contains, NULL, f_array_position},
	{"element_at", 2, 2, S | F, NULL, resolve_element, NULL, f_element_at},
	{"try_element_at", 2, 2, S | F | T, NULL, resolve_element, NULL, f_element_at},
	{"get", 2, 2, S, NULL, resolve_element, NULL, f_get},
	{"array_append", 2, 2, MDL_FN_NULL_FIRST, NULL, resolve_item, NULL, f_append},
	{"array_prepend", 2, 2, MDL_FN_NULL_FIRST, NULL, resolve_item, NULL, f_prepend},
	{"array_insert", 3, 3, F | MDL_FN_NULL_FIRST, NULL, resolve_item, NULL, f_insert},
	{"array_compact", 1, 1, S, NULL, resolve_same, NULL, f_compact},
	{"array_remove", 2, 2, S, NULL, resolve_item, NULL, f_remove},
	{"array_repeat", 2, 2, F, NULL, resolve_repeat, NULL, f_repeat},
	{"slice", 3, 3, S | F, NULL, resolve_slice, NULL, f_slice},
	{"flatten", 1, 1, S, NULL, resolve_flatten, NULL, f_flatten},
	{"array_join", 2, 3, S, NULL, resolve_join, NULL, f_join},
	{"arrays_zip", 0, 255, S, NULL, resolve_zip, NULL, f_zip},
	/* concat() and reverse() of arrays: no one can write these names. */
	{"concat of arrays", 1, 255, S, NULL, resolve_concat, NULL, f_concat},
	{"reverse of an array", 1, 1, S, NULL, resolve_same, NULL, f_reverse},
	{NULL, 0, 0, 0, NULL, NULL, NULL, NULL},
};
