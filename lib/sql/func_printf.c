/* SPDX-License-Identifier: MIT
 *
 * format_string and printf: the formats of java.util.Formatter. Floating point goes by
 * the digits that Java prints, rounded half up.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "base/timezone.h"
#include "sql/cast_text.h"
#include "sql/decimal.h"
#include "sql/func_text.h"

struct spec {
	int64_t index; /* from 1; 0: the next; -1: the last one again */
	bool left, plus, space, zero, comma, paren, alternate;
	int width, precision; /* -1: none */
	char conversion;
};

/* Read one specifier behind '%'; the number of bytes, 0 when it is none. */
static size_t read_spec(struct mdl_slice s, struct spec *f)
{
	size_t i = 0, digits = 0;
	*f = (struct spec){.width = -1, .precision = -1};
	while (i + digits < s.n && digits < 9 && s.p[i + digits] >= '0' && s.p[i + digits] <= '9')
		digits++;
	if (digits && i + digits < s.n && s.p[digits] == '$') {
		f->index = strtoll(s.p, NULL, 10);
		if (f->index == 0)
			return 0;
		i = digits + 1;
	} else if (i < s.n && s.p[i] == '<') {
		f->index = -1;
		i++;
	}
	for (; i < s.n && s.p[i] && strchr("-+ 0,(#", s.p[i]); i++) {
		f->left |= s.p[i] == '-';
		f->plus |= s.p[i] == '+';
		f->space |= s.p[i] == ' ';
		f->zero |= s.p[i] == '0';
		f->comma |= s.p[i] == ',';
		f->paren |= s.p[i] == '(';
		f->alternate |= s.p[i] == '#';
	}
	for (int k = 0; i < s.n && k < 6 && s.p[i] >= '0' && s.p[i] <= '9'; i++, k++)
		f->width = (f->width < 0 ? 0 : f->width * 10) + (s.p[i] - '0');
	if (i < s.n && s.p[i] == '.') {
		f->precision = 0;
		for (i++; i < s.n && f->precision < 1000 && s.p[i] >= '0' && s.p[i] <= '9'; i++)
			f->precision = f->precision * 10 + (s.p[i] - '0');
	}
	if (i == s.n || !strchr("sSdxXofeEgGcCbBhHn%", s.p[i]))
		return 0;
	f->conversion = s.p[i];
	return i + 1;
}

static void pad(struct mdl_buf *b, int64_t n, char c)
{
	while (n-- > 0)
		mdl_buf_putc(b, c);
}

static void put_padded(struct mdl_buf *b, const struct spec *f, struct mdl_slice s, bool upper)
{
	/* Java counts a character beyond 16 bits twice. */
	int64_t fill = f->width - mdl_text_chars(s);
	for (size_t i = 0; i < s.n; i++)
		fill -= (unsigned char)s.p[i] >= 0xf0;
	if (!f->left)
		pad(b, fill, ' ');
	for (size_t i = 0; i < s.n; i++)
		mdl_buf_putc(b, upper && s.p[i] >= 'a' && s.p[i] <= 'z' ? (char)(s.p[i] - 32) : s.p[i]);
	if (f->left)
		pad(b, fill, ' ');
}

/* DIGITS (with point) of a number's absolute value, with sign, grouping, width. */
static void put_number(struct mdl_buf *b, const struct spec *f, const char *digits, bool minus)
{
	char sign[2] = {minus ? (f->paren ? '(' : '-') : f->plus ? '+' : f->space ? ' ' : 0, 0};
	size_t whole = strspn(digits, "0123456789"), n = strlen(digits) + strlen(sign) + (minus && f->paren);
	if (f->comma && whole)
		n += (whole - 1) / 3;
	int64_t fill = f->width - (int64_t)n;
	if (!f->left && !f->zero)
		pad(b, fill, ' ');
	mdl_buf_puts(b, sign);
	if (f->zero)
		pad(b, fill, '0');
	for (size_t i = 0; digits[i]; i++) {
		if (f->comma && i && i < whole && (whole - i) % 3 == 0)
			mdl_buf_putc(b, ',');
		mdl_buf_putc(b, digits[i]);
	}
	if (minus && f->paren)
		mdl_buf_putc(b, ')');
	if (f->left)
		pad(b, fill, ' ');
}

/* ---- floating point ---- */

/* 0.DIGITS times 10^exp. */
struct digits {
	char d[400];
	int n, exp;
};

static void digits_of(struct digits *x, const char *p, size_t n)
{
	bool point = false;
	*x = (struct digits){.n = 0};
	for (size_t i = 0; i < n; i++) {
		if (p[i] == '.') {
			point = true;
		} else if (p[i] == 'E' || p[i] == 'e') {
			/* The text has no end of its own. */
			bool down = i + 1 < n && p[i + 1] == '-';
			int e = 0;
			for (i += 1 + down; i < n && p[i] >= '0' && p[i] <= '9' && e < 10000; i++)
				e = e * 10 + (p[i] - '0');
			x->exp += down ? -e : e;
			break;
		} else if (p[i] >= '0' && p[i] <= '9') {
			if (x->n || p[i] != '0') {
				if (x->n < 390)
					x->d[x->n++] = p[i];
				x->exp += !point;
			} else {
				x->exp -= point;
			}
		}
	}
	if (!x->n) {
		x->d[x->n++] = '0';
		x->exp = 1;
	}
}

/* Keep KEEP digits, half up. */
static void round_digits(struct digits *x, int keep)
{
	if (keep >= x->n)
		return;
	bool up = keep >= 0 && x->d[keep] >= '5';
	x->n = keep > 0 ? keep : 0;
	for (int i = x->n - 1; up && i >= 0; i--) {
		up = x->d[i] == '9';
		x->d[i] = up ? '0' : (char)(x->d[i] + 1);
	}
	if (up) {
		memmove(x->d + 1, x->d, (size_t)x->n);
		x->d[0] = '1';
		x->n++;
		x->exp++;
	}
}

static void put_fixed(struct mdl_buf *b, struct digits *x, int precision)
{
	round_digits(x, x->exp + precision);
	if (x->exp <= 0 || !x->n)
		mdl_buf_putc(b, '0');
	for (int i = 0; i < x->exp && x->n; i++)
		mdl_buf_putc(b, i < x->n ? x->d[i] : '0');
	if (precision > 0)
		mdl_buf_putc(b, '.');
	for (int i = x->exp; i < x->exp + precision; i++)
		mdl_buf_putc(b, i >= 0 && i < x->n ? x->d[i] : '0');
}

static void put_exponent(struct mdl_buf *b, struct digits *x, int precision)
{
	bool zero = x->d[0] == '0';
	round_digits(x, precision + 1);
	for (int i = 0; i <= precision; i++) {
		mdl_buf_putc(b, i < x->n ? x->d[i] : '0');
		if (i == 0 && precision > 0)
			mdl_buf_putc(b, '.');
	}
	int e = zero ? 0 : x->exp - 1;
	mdl_buf_printf(b, "e%c%02d", e < 0 ? '-' : '+', e < 0 ? -e : e);
}

static void put_float(struct mdl_buf *b, const struct spec *f, struct mdl_slice text)
{
	struct mdl_buf t = MDL_BUF_INIT(1 << 16);
	bool minus = text.n && text.p[0] == '-', upper = f->conversion < 'a';
	int precision = f->precision < 0 ? 6 : f->precision;
	struct digits x;
	if (memchr(text.p, 'N', text.n) || memchr(text.p, 'I', text.n)) {
		if (f->plus && !minus && text.p[0] == 'I')
			mdl_buf_putc(&t, '+');
		mdl_buf_puts_slice(&t, text);
		put_padded(b, f, mdl_buf_slice(&t), upper);
		mdl_buf_free(&t);
		return;
	}
	digits_of(&x, text.p + minus, text.n - minus);
	if ((f->conversion | 32) == 'f') {
		put_fixed(&t, &x, precision);
	} else if ((f->conversion | 32) == 'e') {
		put_exponent(&t, &x, precision);
	} else {
		precision = precision == 0 ? 1 : precision;
		struct digits r = x;
		round_digits(&r, precision);
		if (r.d[0] == '0' || (r.exp > -4 && r.exp <= precision))
			put_fixed(&t, &x, precision - (r.d[0] == '0' ? 1 : r.exp));
		else
			put_exponent(&t, &x, precision - 1);
	}
	for (size_t i = 0; upper && i < t.n; i++)
		t.p[i] = t.p[i] == 'e' ? 'E' : t.p[i];
	put_number(b, f, mdl_buf_cstr(&t), minus);
	mdl_buf_free(&t);
}

/* ---- one argument ---- */

static size_t encode(char *p, unsigned c)
{
	size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	if (n == 1) {
		*p = (char)c;
		return 1;
	}
	for (size_t i = n; --i > 0; c >>= 6)
		p[i] = (char)(0x80 | (c & 63));
	p[0] = (char)(0xf00 >> n | c);
	return n;
}

static bool put_integer(struct mdl_buf *b, const struct spec *f, const struct mdl_vec *v, size_t r)
{
	static const int bits[] = {8, 16, 32, 64};
	char text[32];
	if (!mdl_type_is_integral(v->type))
		return false;
	int64_t x = v->i64[r];
	uint64_t u = (uint64_t)x;
	int w = bits[v->type->kind - MDL_T_TINYINT];
	switch (f->conversion) {
	case 'd':
		snprintf(text, sizeof(text), "%llu", (unsigned long long)(x < 0 ? 0 - u : u));
		put_number(b, f, text, x < 0);
		return true;
	case 'c':
	case 'C': {
		char c[4];
		if (x < 0 || x > 0x10ffff)
			return false;
		put_padded(b, f, (struct mdl_slice){c, encode(c, (unsigned)x)}, f->conversion == 'C');
		return true;
	}
	default:
		if (w < 64)
			u &= (UINT64_C(1) << w) - 1;
		snprintf(text, sizeof(text),
			 f->conversion == 'o'   ? "%s%llo"
			 : f->conversion == 'x' ? "%s%llx"
						: "%s%llX",
			 !f->alternate          ? ""
			 : f->conversion == 'o' ? "0"
			 : f->conversion == 'x' ? "0x"
						: "0X",
			 (unsigned long long)u);
		put_number(b, f, text, false);
		return true;
	}
}

static void value_text(struct mdl_buf *t, const struct mdl_vec *v, size_t r)
{
	if (mdl_type_is_datetime(v->type)) /* Spark hands over its inner number */
		mdl_num_write_int64(t, v->i64[r]);
	else /* a DECIMAL as BigDecimal.toString has it: 0E-10 */
		mdl_cast_text_put(t, v, r, mdl_zone_utc, v->type->kind != MDL_T_DECIMAL);
}

static bool put_argument(struct mdl_buf *b, const struct spec *f, const struct mdl_vec *v, size_t row)
{
	size_t r = mdl_row(v, row);
	struct mdl_buf t = MDL_BUF_INIT(1 << 30);
	bool ok = true, null = v->type->kind == MDL_T_NULL || !v->valid[r], upper = f->conversion < 'a';
	char kind = (char)(f->conversion | 32);
	if (kind == 'b')
		mdl_buf_puts(&t, null                                         ? "false"
				 : v->type->kind != MDL_T_BOOLEAN || v->b8[r] ? "true"
									      : "false");
	else if (null)
		mdl_buf_puts(&t, "null");
	else if (kind == 'd' || kind == 'x' || kind == 'o' || kind == 'c')
		ok = put_integer(b, f, v, r);
	else
		value_text(&t, v, r);
	if (null || kind == 's' || kind == 'b') {
		struct mdl_slice s = mdl_buf_slice(&t);
		if (f->precision >= 0)
			s.n = mdl_text_offset(s, f->precision);
		put_padded(b, f, s, upper);
	} else if (kind == 'f' || kind == 'e' || kind == 'g') {
		ok = mdl_type_is_fractional(v->type); /* a DECIMAL is none of Java's numbers */
		if (ok)
			put_float(b, f, mdl_buf_slice(&t));
	} else if (kind == 'h') {
		ok = false;
	}
	mdl_buf_free(&t);
	return ok;
}

/* NULL, or Java's exception. */
static const char *format_row(struct mdl_buf *b, struct mdl_slice s, struct mdl_vec *const *args,
			      size_t nargs, size_t row)
{
	int64_t next = 1, last = 0;
	for (size_t i = 0; i < s.n; i++) {
		struct spec f;
		if (s.p[i] != '%') {
			mdl_buf_putc(b, s.p[i]);
			continue;
		}
		size_t n = read_spec((struct mdl_slice){s.p + i + 1, s.n - i - 1}, &f);
		if (!n)
			return "UnknownFormatConversionException";
		i += n;
		if (f.conversion == '%' || f.conversion == 'n') {
			put_padded(b, &f, f.conversion == '%' ? MDL_SLICE("%") : MDL_SLICE("\n"), false);
			continue;
		}
		int64_t k = f.index > 0 ? f.index : f.index < 0 ? last : next++;
		if (k < 1 || k >= (int64_t)nargs)
			return "MissingFormatArgumentException";
		last = k;
		if (!put_argument(b, &f, args[k], row))
			return "IllegalFormatConversionException";
	}
	return NULL;
}

static int resolve(struct mdl_call *call, struct mdl_err *err)
{
	const struct mdl_vec *c = call->consts[0];
	call->args[0] = &mdl_type_string;
	call->result = &mdl_type_string;
	if (c && c->type->kind == MDL_T_STRING && c->valid[0] && memmem(c->str[0].p, c->str[0].n, "%0$", 3))
		return mdl_err_set(
			err, MDL_TROUBLE,
			"[INVALID_PARAMETER_VALUE.ZERO_INDEX] The value of parameter(s) `strfmt` in `%s` is invalid: "
			"expects %%1$, %%2$ and so on, but got %%0$.",
			call->name);
	return 0;
}

static void f_format_string(MDL_FN_PARAMS)
{
	struct mdl_buf b = MDL_BUF_INIT(1 << 30);
	MDL_EACH(row, sel, n)
	{
		out->valid[row] = mdl_arg_valid(args, 0, row);
		if (!out->valid[row])
			continue;
		mdl_buf_clear(&b);
		const char *fault = format_row(&b, mdl_arg_str(args, 0, row), args, nargs, row);
		if (fault)
			mdl_fn_fail(ctx, out, row, fault, "the format does not fit the arguments");
		else
			out->str[row] = mdl_arena_slice(ctx->arena, mdl_buf_slice(&b));
	}
	mdl_buf_free(&b);
}

const struct mdl_fn mdl_func_printf[] = {
	{"format_string", 1, 255, MDL_FN_CAN_FAIL, NULL, resolve, NULL, f_format_string},
	{"printf", 1, 255, MDL_FN_CAN_FAIL, NULL, resolve, NULL, f_format_string},
	{NULL, 0, 0, 0, NULL, NULL, NULL, NULL},
};
