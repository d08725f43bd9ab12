/* SPDX-License-Identifier: MIT
 *
 * Functions of single characters and of the likeness of texts, and numbers as text.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "base/num.h"
#include "sql/decimal.h"
#include "sql/func_text.h"
#include "sql/number_pattern.h"

static char *room(struct mdl_fn_ctx *ctx, size_t n)
{
	return mdl_arena_alloc(ctx->arena, n + 1);
}

/* ---- characters ---- */

static void f_ascii(MDL_FN_PARAMS)
{
	MDL_FN_UNUSED;
	MDL_EACH(row, sel, n)
	{
		struct mdl_slice s = mdl_arg_str(args, 0, row);
		int32_t c = 0;
		if (s.n)
			utf8proc_iterate((const utf8proc_uint8_t *)s.p, (utf8proc_ssize_t)s.n, &c);
		out->i64[row] = c;
	}
}

static void f_chr(MDL_FN_PARAMS)
{
	(void)nargs;
	MDL_EACH(row, sel, n)
	{
		int64_t c = mdl_arg_int(args, 0, row);
		char *p = room(ctx, 4);
		size_t k =
			c < 0 ? 0 : (size_t)utf8proc_encode_char((int32_t)(c & 0xff), (utf8proc_uint8_t *)p);
		out->str[row] = (struct mdl_slice){p, k};
	}
}

static void f_levenshtein(MDL_FN_PARAMS)
{
	MDL_EACH(row, sel, n)
	{
		struct mdl_slice a = mdl_arg_str(args, 0, row), b = mdl_arg_str(args, 1, row);
		/* A threshold that is NULL counts as 0, unless it is the literal. */
		bool never = nargs > 2 && mdl_vec_is_const(args[2]) && !args[2]->valid[0];
		int64_t limit = nargs < 3                     ? INT32_MAX
				: mdl_arg_valid(args, 2, row) ? mdl_arg_int(args, 2, row)
							      : 0;
		out->valid[row] = !never && mdl_arg_valid(args, 0, row) && mdl_arg_valid(args, 1, row);
		if (!out->valid[row])
			continue;
		size_t m = (size_t)mdl_text_chars(b), i = 0;
		int64_t *d = mdl_arena_alloc(ctx->arena, (m + 1) * sizeof(*d));
		for (size_t j = 0; j <= m; j++)
			d[j] = (int64_t)j;
		for (size_t x = 0, k; x < a.n; x += k) {
			k = mdl_text_step(a.p + x);
			int64_t diagonal = d[0];
			d[0] = (int64_t)++i;
			size_t y = 0;
			for (size_t j = 1; j <= m; j++) {
				size_t l = mdl_text_step(b.p + y);
				int64_t same = diagonal + !(k == l && memcmp(a.p + x, b.p + y, k) == 0);
				diagonal = d[j];
				int64_t least = d[j - 1] < d[j] ? d[j - 1] + 1 : d[j] + 1;
				d[j] = same < least ? same : least;
				y += l;
			}
		}
		out->i64[row] = d[m] > limit ? -1 : d[m];
	}
}

static void f_soundex(MDL_FN_PARAMS)
{
	(void)nargs;
	static const char codes[] = "01230127022455012623017202"; /* 7: h and w, which separate nothing */
	MDL_EACH(row, sel, n)
	{
		struct mdl_slice s = mdl_arg_str(args, 0, row);
		out->str[row] = s;
		if (s.n == 0 || (unsigned char)((s.p[0] | 0x20) - 'a') >= 26)
			continue;
		char *p = room(ctx, 4);
		memcpy(p, "0000", 4);
		p[0] = (char)(s.p[0] & ~0x20);
		char last = codes[p[0] - 'A'];
		size_t k = 1;
		for (size_t i = 1; i < s.n && k < 4; i++) {
			unsigned char c = (unsigned char)((s.p[i] | 0x20) - 'a');
			if (c >= 26) {
				last = '0';
				continue;
			}
			char code = codes[c];
			if (code == '7')
				continue;
			if (code != '0' && code != last)
				p[k++] = code;
			last = code;
		}
		out->str[row] = (struct mdl_slice){p, 4};
	}
}

/* ---- numbers as text ---- */

/* D with PLACES digits behind the point: Java knows no digits beyond those of Double.toString and writes zeros. */
static void put_fixed(char *t, size_t room, double d, int places)
{
	char s[MDL_NUM_MAX + 1], digits[MDL_NUM_MAX];
	size_t n = mdl_num_put_double(s, d), k = 0;
	int exp = 0, point = 0;
	bool neg = s[0] == '-', seen = false;
	for (size_t i = neg; i < n && s[i] != 'E'; i++) {
		if (s[i] == '.') {
			seen = true;
			continue;
		}
		digits[k++] = s[i];
		point += !seen;
	}
	s[n] = '\0';
	const char *e = strchr(s, 'E');
	if (e)
		exp = atoi(e + 1);
	while (k > 1 && digits[k - 1] == '0')
		k--;
	int whole = point + exp, frac = (int)k - whole;
	if (frac > places) {
		snprintf(t, room, "%.*f", places, d);
		return;
	}
	if (neg)
		*t++ = '-';
	if (whole <= 0)
		*t++ = '0';
	for (int i = 0; i < whole; i++)
		*t++ = i < (int)k ? digits[i] : '0';
	if (places)
		*t++ = '.';
	for (int i = whole; i < whole + places; i++)
		*t++ = i >= 0 && i < (int)k ? digits[i] : '0';
	*t = '\0';
}

/* The second argument: digits behind the point, or a pattern. */
static int resolve_format_number(struct mdl_call *call, struct mdl_err *err)
{
	(void)err;
	if (call->args[1]->kind != MDL_T_STRING)
		call->args[1] = &mdl_type_int;
	return 0;
}

static void format_pattern(MDL_FN_PARAMS)
{
	struct mdl_number_pattern p;
	struct mdl_slice last = {NULL, 0};
	struct mdl_buf b = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	bool ok = false;
	(void)nargs;
	MDL_EACH(row, sel, n)
	{
		struct mdl_slice text = mdl_arg_str(args, 1, row);
		if (!last.p || !mdl_slice_eq(last, text))
			ok = mdl_number_pattern_parse(&p, text, ctx->arena);
		last = text;
		if (!ok) {
			mdl_fn_fail(ctx, out, row, "INVALID_PARAMETER_VALUE.PATTERN",
				    "'%.*s' is no pattern of a number.", (int)(text.n < 60 ? text.n : 60),
				    text.p);
			continue;
		}
		mdl_buf_clear(&b);
		mdl_number_pattern_put(&b, &p, args[0], row);
		out->str[row] = mdl_arena_slice(ctx->arena, mdl_buf_slice(&b));
	}
	mdl_buf_free(&b);
}

static void f_format_number(MDL_FN_PARAMS)
{
	enum { MOST_PLACES = 1000 };
	if (args[1]->type->kind == MDL_T_STRING) {
		format_pattern(ctx, args, nargs, sel, n, out);
		return;
	}
	MDL_EACH(row, sel, n)
	{
		const struct mdl_vec *v = args[0];
		size_t r = mdl_row(v, row);
		int64_t places = mdl_arg_int(args, 1, row);
		if (places < 0) {
			out->valid[row] = 0;
			continue;
		}
		if (places > MOST_PLACES)
			places = MOST_PLACES;
		char t[512 + MOST_PLACES];
		if (v->type->kind == MDL_T_DECIMAL) {
			mdl_i128 x = 0;
			unsigned s = v->type->scale < places ? v->type->scale : (unsigned)places;
			mdl_decimal_round(v->i128[r], v->type->scale, (int)s, 'e', (struct mdl_dec){38, s},
					  &x);
			size_t k = mdl_decimal_put_plain(t, x, s);
			if (s == 0 && places)
				t[k++] = '.';
			for (; (int64_t)s < places; s++)
				t[k++] = '0';
			t[k] = '\0';
		} else if (mdl_type_is_fractional(v->type)) {
			double d = v->f64[r];
			if (!isfinite(d)) {
				out->str[row] = isnan(d) ? MDL_SLICE("NaN")
						: d > 0  ? MDL_SLICE("\xe2\x88\x9e")
							 : MDL_SLICE("-\xe2\x88\x9e");
				continue;
			}
			put_fixed(t, sizeof(t), d, (int)places);
		} else {
			size_t k = mdl_num_put_int64(t, v->i64[r]);
			if (places)
				t[k++] = '.';
			memset(t + k, '0', (size_t)places);
			t[k + (size_t)places] = '\0';
		}
		/* What rounds to 0 keeps its sign. */
		if (v->type->kind == MDL_T_DECIMAL && v->i128[r] < 0 && t[0] != '-') {
			memmove(t + 1, t, strlen(t) + 1);
			t[0] = '-';
		}
		size_t neg = t[0] == '-', whole = strspn(t + neg, "0123456789"), len = strlen(t);
		char *p = room(ctx, len + whole), *q = p;
		for (size_t i = 0; i < len; i++) {
			if (i > neg && i < neg + whole && (neg + whole - i) % 3 == 0)
				*q++ = ',';
			*q++ = t[i];
		}
		out->str[row] = (struct mdl_slice){p, (size_t)(q - p)};
	}
}

enum { S = MDL_FN_STRICT };

const struct mdl_fn mdl_func_char[] = {
	{"ascii", 1, 1, S, "STRING:INT", NULL, NULL, f_ascii},
	{"chr", 1, 1, S, "BIGINT:STRING", NULL, NULL, f_chr},
	{"char", 1, 1, S, "BIGINT:STRING", NULL, NULL, f_chr},
	{"levenshtein", 2, 3, 0, "STRING,STRING,INT:INT", NULL, NULL, f_levenshtein},
	{"soundex", 1, 1, S, "STRING:STRING", NULL, NULL, f_soundex},
	{"format_number", 2, 2, S | MDL_FN_CAN_FAIL, "NUMERIC,ANY:STRING", resolve_format_number, NULL,
	 f_format_number},
	{NULL, 0, 0, 0, NULL, NULL, NULL, NULL},
};
