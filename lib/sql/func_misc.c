/* SPDX-License-Identifier: MIT
 *
 * Functions of no other family: the greatest and the least, URLs, errors on
 * purpose.
 */
#include <string.h>

#include "sql/func_list.h"
#include "sql/vec_grow.h"
#include "json/text.h"

/* ---- order ---- */

static void best_of(MDL_FN_PARAMS, int sign)
{
	(void)ctx;
	MDL_EACH(row, sel, n)
	{
		const struct mdl_vec *best = NULL;
		for (size_t i = 0; i < nargs; i++)
			if (mdl_arg_valid(args, i, row) &&
			    (!best || mdl_vec_compare(args[i], row, best, row) * sign > 0))
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
			if ((unsigned char)((c | 0x20) - 'a') < 26 || (unsigned char)(c - '0') < 10 ||
			    (c && strchr(".-*_", c))) {
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
	return c >= '0' && c <= '9'                     ? c - '0'
	       : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10
							: -1;
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
			mdl_fn_fail(ctx, out, row, "CANNOT_DECODE_URL",
				    "The provided URL cannot be decoded: %.*s.", (int)(s.n < 100 ? s.n : 100),
				    s.p);
		else
			out->str[row] = t;
	}
}

static int resolve_best(struct mdl_call *call, struct mdl_err *err)
{
	return mdl_list_ordered(call, call->result, err);
}

/* ---- errors ---- */

static void f_raise_error(MDL_FN_PARAMS)
{
	(void)nargs;
	MDL_EACH(row, sel, n)
	{
		struct mdl_slice s =
			mdl_arg_valid(args, 0, row) ? mdl_arg_str(args, 0, row) : MDL_SLICE("null");
		mdl_fn_fail(ctx, out, row, "USER_RAISED_EXCEPTION", "%.*s", (int)(s.n < 400 ? s.n : 400),
			    s.p);
	}
}

static void f_assert_true(MDL_FN_PARAMS)
{
	MDL_EACH(row, sel, n)
	{
		out->valid[row] = 0;
		if (mdl_arg_valid(args, 0, row) && args[0]->b8[mdl_row(args[0], row)])
			continue;
		struct mdl_slice s = nargs > 1 && mdl_arg_valid(args, 1, row)
					     ? mdl_arg_str(args, 1, row)
					     : MDL_SLICE("the condition is not true!");
		mdl_fn_fail(ctx, out, row, "USER_RAISED_EXCEPTION", "%.*s", (int)(s.n < 400 ? s.n : 400),
			    s.p);
	}
}

enum { S = MDL_FN_STRICT, F = MDL_FN_CAN_FAIL, T = MDL_FN_TRY };

const struct mdl_fn mdl_func_misc[] = {
	{"greatest", 2, 255, 0, "SAME,SAME:SAME", resolve_best, NULL, f_greatest},
	{"least", 2, 255, 0, "SAME,SAME:SAME", resolve_best, NULL, f_least},
	{"url_encode", 1, 1, S, "STRING:STRING", NULL, NULL, f_url_encode},
	{"url_decode", 1, 1, S | F, "STRING:STRING", NULL, NULL, f_url_decode},
	{"try_url_decode", 1, 1, S | F | T, "STRING:STRING", NULL, NULL, f_url_decode},
	{"raise_error", 1, 1, F, "STRING:STRING", NULL, NULL, f_raise_error},
	{"assert_true", 1, 2, F, "BOOLEAN,STRING:STRING", NULL, NULL, f_assert_true},
	{NULL, 0, 0, 0, NULL, NULL, NULL, NULL},
};
