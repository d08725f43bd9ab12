/* SPDX-License-Identifier: MIT
 *
 * Functions of no other family: the greatest and the least, arrays, URLs, random
 * numbers, errors on purpose.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/alloc.h"
#include "json/text.h"
#include "sql/func_text.h"

/* ---- order ---- */

/* NaN is greater than any number. */
static int compare(const struct mdl_vec *a, size_t x, const struct mdl_vec *b, size_t y)
{
	x = mdl_row(a, x);
	y = mdl_row(b, y);
	switch (a->type->kind) {
	case MDL_T_BOOLEAN:
		return a->b8[x] - b->b8[y];
	case MDL_T_FLOAT:
	case MDL_T_DOUBLE:
		if (isnan(a->f64[x]) || isnan(b->f64[y]))
			return isnan(a->f64[x]) - isnan(b->f64[y]);
		return (a->f64[x] > b->f64[y]) - (a->f64[x] < b->f64[y]);
	case MDL_T_DECIMAL:
		return (a->i128[x] > b->i128[y]) - (a->i128[x] < b->i128[y]);
	case MDL_T_STRING:
	case MDL_T_BINARY:
		return mdl_slice_cmp(a->str[x], b->str[y]);
	default:
		return (a->i64[x] > b->i64[y]) - (a->i64[x] < b->i64[y]);
	}
}

static int refuse_nested(struct mdl_call *call, struct mdl_err *err)
{
	if (mdl_type_is_complex(call->args[0]))
		return mdl_err_set(err, MDL_TROUBLE, "[UNSUPPORTED_FEATURE] %s of %s is not carried out", call->name,
				   mdl_type_name(call->arena, call->args[0]));
	return 0;
}

static void best_of(MDL_FN_PARAMS, int sign)
{
	(void)ctx;
	MDL_EACH(row, sel, n)
	{
		const struct mdl_vec *best = NULL;
		for (size_t i = 0; i < nargs; i++)
			if (mdl_arg_valid(args, i, row) && (!best || compare(args[i], row, best, row) * sign > 0))
				best = args[i];
		if (best)
			mdl_vec_copy(out, row, best, row);
		else
			out->valid[row] = 0;
	}
}

static void f_greatest(MDL_FN_PARAMS)
{
	best_of(ctx, args, nargs, sel, n, out, 1);
}

static void f_least(MDL_FN_PARAMS)
{
	best_of(ctx, args, nargs, sel, n, out, -1);
}

/* ---- arrays ---- */

static int resolve_array(struct mdl_call *call, struct mdl_err *err)
{
	const struct mdl_type *t = call->nargs ? call->args[0] : &mdl_type_null;
	if (t->kind == MDL_T_MAP || (t->kind == MDL_T_ARRAY && mdl_type_is_complex(t->element)))
		return mdl_err_set(err, MDL_TROUBLE, "[UNSUPPORTED_FEATURE] an array of %s is not carried out",
				   mdl_type_name(call->arena, t));
	call->result = mdl_type_array(call->arena, t);
	return 0;
}

/* The ITEMS spans of DST point into the vectors of the arguments in turn: bring all elements into one. */
static void gather(struct mdl_fn_ctx *ctx, struct mdl_vec *const *args, size_t nargs, size_t items, struct mdl_vec *dst)
{
	size_t total = 0, at = 0;
	for (size_t k = 0; k < items; k++)
		total += dst->valid[k] ? dst->span[k].n : 0;
	struct mdl_vec *all = mdl_vec_new(ctx->arena, dst->type->element, total + 1);
	for (size_t k = 0; k < items; k++) {
		if (!dst->valid[k])
			continue;
		struct mdl_span from = dst->span[k];
		dst->span[k].at = (uint32_t)at;
		for (uint32_t j = 0; j < from.n; j++)
			mdl_vec_copy(all, at++, args[k % nargs]->child[0], from.at + j);
	}
	dst->child = mdl_arena_alloc(ctx->arena, 2 * sizeof(*dst->child));
	dst->child[0] = all;
}

static void f_array(MDL_FN_PARAMS)
{
	size_t k = 0;
	struct mdl_vec *child = mdl_vec_new(ctx->arena, out->type->element, n * nargs + 1);
	out->child = mdl_arena_alloc(ctx->arena, 2 * sizeof(*out->child));
	out->child[0] = child;
	MDL_EACH(row, sel, n)
	{
		out->valid[row] = 1;
		out->span[row] = (struct mdl_span){(uint32_t)k, (uint32_t)nargs};
		for (size_t i = 0; i < nargs; i++)
			mdl_vec_copy(child, k++, args[i], row);
	}
	if (child->type->kind == MDL_T_ARRAY)
		gather(ctx, args, nargs, k, child);
}

static int need_list(struct mdl_call *call, struct mdl_err *err)
{
	enum mdl_kind k = call->args[0]->kind;
	if (k == MDL_T_ARRAY || (k == MDL_T_MAP && call->nargs == 1))
		return 0;
	return mdl_err_set(err, MDL_TROUBLE,
			   "[DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE] Cannot resolve \"%s\" due to data type mismatch: the first parameter "
			   "requires the \"ARRAY\" type, however it has the type \"%s\"",
			   call->name, mdl_type_name(call->arena, call->args[0]));
}

static int resolve_size(struct mdl_call *call, struct mdl_err *err)
{
	call->result = &mdl_type_int;
	return need_list(call, err);
}

static void f_size(MDL_FN_PARAMS)
{
	MDL_FN_UNUSED;
	MDL_EACH(row, sel, n)
	out->i64[row] = args[0]->span[mdl_row(args[0], row)].n;
}

static int resolve_contains(struct mdl_call *call, struct mdl_err *err)
{
	call->result = strcmp(call->name, "array_position") == 0 ? &mdl_type_bigint : &mdl_type_boolean;
	if (need_list(call, err) < 0)
		return -1;
	call->args[1] = call->args[0]->element;
	if (mdl_type_is_complex(call->args[1]))
		return mdl_err_set(err, MDL_TROUBLE, "[UNSUPPORTED_FEATURE] %s in nested arrays is not carried out", call->name);
	return 0;
}

/* NULL when it is not there but a NULL is, for that might be it. */
static void f_array_contains(MDL_FN_PARAMS)
{
	MDL_FN_UNUSED;
	MDL_EACH(row, sel, n)
	{
		struct mdl_span s = args[0]->span[mdl_row(args[0], row)];
		const struct mdl_vec *items = args[0]->child[0];
		bool found = false, unknown = false;
		for (uint32_t i = 0; i < s.n && !found; i++) {
			bool valid = items->valid[mdl_row(items, s.at + i)];
			unknown |= !valid;
			found = valid && compare(items, s.at + i, args[1], row) == 0;
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
		struct mdl_span s = args[0]->span[mdl_row(args[0], row)];
		const struct mdl_vec *items = args[0]->child[0];
		out->i64[row] = 0;
		for (uint32_t i = 0; i < s.n && out->i64[row] == 0; i++)
			if (items->valid[mdl_row(items, s.at + i)] && compare(items, s.at + i, args[1], row) == 0)
				out->i64[row] = i + 1;
	}
}

static int resolve_element(struct mdl_call *call, struct mdl_err *err)
{
	if (need_list(call, err) < 0)
		return -1;
	call->args[1] = &mdl_type_int;
	call->result = call->args[0]->element;
	return 0;
}

static void f_element_at(MDL_FN_PARAMS)
{
	(void)nargs;
	MDL_EACH(row, sel, n)
	{
		struct mdl_span s = args[0]->span[mdl_row(args[0], row)];
		int64_t k = mdl_arg_int(args, 1, row);
		if (k == 0) {
			mdl_fn_fail(ctx, out, row, "INVALID_INDEX_OF_ZERO", "The index 0 is invalid. An index shall be either < 0 or > 0 "
				    "(the first element has index 1).");
			continue;
		}
		k = k < 0 ? k + s.n : k - 1;
		if (k >= 0 && k < s.n)
			mdl_vec_copy(out, row, args[0]->child[0], s.at + (size_t)k);
		else if (ctx->session->ansi)
			mdl_fn_fail(ctx, out, row, "INVALID_ARRAY_INDEX_IN_ELEMENT_AT", "The index %lld is out of bounds. The array has %u "
				    "elements. Use `try_element_at` to tolerate accessing element at invalid index and return NULL instead.",
				    (long long)mdl_arg_int(args, 1, row), s.n);
		else
			out->valid[row] = 0;
	}
}

static int resolve_join(struct mdl_call *call, struct mdl_err *err)
{
	if (need_list(call, err) < 0)
		return -1;
	call->args[0] = mdl_type_array(call->arena, &mdl_type_string);
	for (size_t i = 1; i < call->nargs; i++)
		call->args[i] = &mdl_type_string;
	call->result = &mdl_type_string;
	return 0;
}

static void f_array_join(MDL_FN_PARAMS)
{
	struct mdl_buf b = MDL_BUF_INIT(1 << 30);
	MDL_EACH(row, sel, n)
	{
		struct mdl_span s = args[0]->span[mdl_row(args[0], row)];
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

/* ---- URLs ---- */

static void f_url_encode(MDL_FN_PARAMS)
{
	(void)nargs;
	MDL_EACH(row, sel, n)
	{
		struct mdl_slice s = mdl_arg_str(args, 0, row);
		char *r = mdl_arena_alloc(ctx->arena, 3 * s.n + 1), *p = r;
		for (size_t i = 0; i < s.n; i++) {
			unsigned char c = (unsigned char)s.p[i];
			if ((unsigned char)((c | 0x20) - 'a') < 26 || (unsigned char)(c - '0') < 10 || (c && strchr(".-*_", c))) {
				*p++ = (char)c;
			} else if (c == ' ') {
				*p++ = '+';
			} else {
				*p++ = '%';
				*p++ = "0123456789ABCDEF"[c >> 4];
				*p++ = "0123456789ABCDEF"[c & 15];
			}
		}
		out->str[row] = (struct mdl_slice){r, (size_t)(p - r)};
	}
}

static int hex(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 : -1;
}

static void f_url_decode(MDL_FN_PARAMS)
{
	(void)nargs;
	MDL_EACH(row, sel, n)
	{
		struct mdl_slice s = mdl_arg_str(args, 0, row);
		char *r = mdl_arena_alloc(ctx->arena, s.n + 1), *p = r;
		bool ok = true;
		for (size_t i = 0; i < s.n && ok; i++) {
			if (s.p[i] != '%') {
				*p++ = s.p[i] == '+' ? ' ' : s.p[i];
				continue;
			}
			ok = i + 2 < s.n && hex(s.p[i + 1]) >= 0 && hex(s.p[i + 2]) >= 0;
			if (ok)
				*p++ = (char)(hex(s.p[i + 1]) << 4 | hex(s.p[i + 2]));
			i += 2;
		}
		struct mdl_slice t = {r, (size_t)(p - r)};
		if (!ok || !mdl_utf8_valid(t))
			mdl_fn_fail(ctx, out, row, "CANNOT_DECODE_URL", "The provided URL cannot be decoded: %.*s.",
				    (int)(s.n < 100 ? s.n : 100), s.p);
		else
			out->str[row] = t;
	}
}

/* ---- chance, errors ---- */

struct chance {
	uint64_t state;
};

static int resolve_chance(struct mdl_call *call, struct mdl_err *err)
{
	struct chance *c = mdl_zalloc(sizeof(*c));
	call->state = c;
	if (call->nargs && call->consts[0] && call->consts[0]->valid[0]) {
		c->state = (uint64_t)call->consts[0]->i64[0];
		return 0;
	}
	if (getrandom(&c->state, sizeof(c->state), 0) != (ssize_t)sizeof(c->state))
		return mdl_err_sys(err, "no random number for %s()", call->name);
	return 0;
}

static uint64_t next(struct chance *c)
{
	uint64_t z = c->state += 0x9e3779b97f4a7c15;
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

static void f_rand(MDL_FN_PARAMS)
{
	MDL_FN_UNUSED;
	MDL_EACH(row, sel, n)
	{
		out->valid[row] = 1;
		out->f64[row] = (double)(next(ctx->state) >> 11) * 0x1p-53;
	}
}

static void f_uuid(MDL_FN_PARAMS)
{
	MDL_FN_UNUSED;
	MDL_EACH(row, sel, n)
	{
		uint64_t a = next(ctx->state), b = next(ctx->state);
		out->valid[row] = 1;
		out->str[row] = mdl_slice_of(mdl_arena_printf(
			ctx->arena, "%08x-%04x-4%03x-%04x-%012llx", (unsigned)(a >> 32), (unsigned)(a >> 16 & 0xffff),
			(unsigned)(a & 0xfff), (unsigned)(0x8000 | (b >> 48 & 0x3fff)), (unsigned long long)(b & 0xffffffffffff)));
	}
}

static void f_raise_error(MDL_FN_PARAMS)
{
	(void)nargs;
	MDL_EACH(row, sel, n)
	{
		struct mdl_slice s = mdl_arg_valid(args, 0, row) ? mdl_arg_str(args, 0, row) : MDL_SLICE("null");
		mdl_fn_fail(ctx, out, row, "USER_RAISED_EXCEPTION", "%.*s", (int)(s.n < 400 ? s.n : 400), s.p);
	}
}

static void f_assert_true(MDL_FN_PARAMS)
{
	MDL_EACH(row, sel, n)
	{
		out->valid[row] = 0;
		if (mdl_arg_valid(args, 0, row) && args[0]->b8[mdl_row(args[0], row)])
			continue;
		struct mdl_slice s = nargs > 1 && mdl_arg_valid(args, 1, row) ? mdl_arg_str(args, 1, row) : MDL_SLICE("the condition is not true!");
		mdl_fn_fail(ctx, out, row, "USER_RAISED_EXCEPTION", "%.*s", (int)(s.n < 400 ? s.n : 400), s.p);
	}
}

enum { S = MDL_FN_STRICT, F = MDL_FN_CAN_FAIL, V = MDL_FN_VOLATILE, T = MDL_FN_TRY };

const struct mdl_fn mdl_func_misc[] = {
	{"greatest", 2, 255, 0, "SAME,SAME:SAME", refuse_nested, NULL, f_greatest},
	{"least", 2, 255, 0, "SAME,SAME:SAME", refuse_nested, NULL, f_least},
	{"array", 0, 255, 0, "SAME:SAME", resolve_array, NULL, f_array},
	{"size", 1, 1, S, NULL, resolve_size, NULL, f_size},
	{"cardinality", 1, 1, S, NULL, resolve_size, NULL, f_size},
	{"array_size", 1, 1, S, NULL, resolve_size, NULL, f_size},
	{"array_contains", 2, 2, S, NULL, resolve_contains, NULL, f_array_contains},
	{"array_position", 2, 2, S, NULL, resolve_contains, NULL, f_array_position},
	{"element_at", 2, 2, S | F, NULL, resolve_element, NULL, f_element_at},
	{"try_element_at", 2, 2, S | F | T, NULL, resolve_element, NULL, f_element_at},
	{"array_join", 2, 3, S, NULL, resolve_join, NULL, f_array_join},
	{"url_encode", 1, 1, S, "STRING:STRING", NULL, NULL, f_url_encode},
	{"url_decode", 1, 1, S | F, "STRING:STRING", NULL, NULL, f_url_decode},
	{"try_url_decode", 1, 1, S | F | T, "STRING:STRING", NULL, NULL, f_url_decode},
	{"rand", 0, 1, V, "BIGINT:DOUBLE", resolve_chance, free, f_rand},
	{"random", 0, 1, V, "BIGINT:DOUBLE", resolve_chance, free, f_rand},
	{"uuid", 0, 0, V, ":STRING", resolve_chance, free, f_uuid},
	{"raise_error", 1, 1, F, "STRING:STRING", NULL, NULL, f_raise_error},
	{"assert_true", 1, 2, F, "BOOLEAN,STRING:STRING", NULL, NULL, f_assert_true},
	{NULL, 0, 0, 0, NULL, NULL, NULL, NULL},
};
