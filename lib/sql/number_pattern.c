/* SPDX-License-Identifier: MIT
 *
 * Patterns of numbers: see number_pattern.h. What counts is what DecimalFormat does, which
 * is more lenient than its documentation: digits behind a suffix go on counting, and a
 * pattern without any shows all digits.
 */
#include "sql/number_pattern.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "sql/decimal.h"

enum { MOST = 340, ALL = 1 << 20 };

/* ---- Patterns ---- */

/* One of the two subpatterns while it is read. */
struct reader {
	struct mdl_slice s;
	size_t at;
	struct mdl_buf affix[2];
	int left, zero, right, group, point; /* digits; group, point: -1 where there is none */
	int min_exp, shift;
	bool exponent, in_quote;
};

static bool is_digit(char c)
{
	return c == '#' || c == '0' || c == ',' || c == '.';
}

/* A character of the number part; 0: it is none, -1: the pattern is bad. */
static int read_digit(struct reader *r)
{
	char c = r->s.p[r->at];
	bool counts = r->group >= 0 && r->point < 0;
	switch (c) {
	case '#':
		r->zero ? r->right++ : r->left++;
		r->group += counts;
		break;
	case '0':
		if (r->right)
			return -1;
		r->zero++;
		r->group += counts;
		break;
	case ',':
		r->group = 0;
		break;
	case '.':
		if (r->point >= 0)
			return -1;
		r->point = r->left + r->zero + r->right;
		break;
	case 'E':
		if (r->exponent)
			return -1;
		r->exponent = true;
		while (r->at + 1 < r->s.n && r->s.p[r->at + 1] == '0') {
			r->min_exp++;
			r->at++;
		}
		if (r->left + r->zero < 1 || !r->min_exp)
			return -1;
		break;
	default:
		return 0;
	}
	r->at++;
	return 1;
}

/* A character before or behind the number; 0: the next subpattern begins, -1: the pattern is bad. */
static int read_affix(struct reader *r, struct mdl_buf *affix, bool may_end)
{
	char c = r->s.p[r->at++];
	bool quote_next = r->at < r->s.n && r->s.p[r->at] == '\'';
	if (c == '\'' && quote_next) {
		r->at++;
		mdl_buf_putc(affix, '\'');
	} else if (c == '\'') {
		r->in_quote = !r->in_quote;
	} else if (r->in_quote) {
		mdl_buf_putc(affix, c);
	} else if (c == ';') {
		return may_end ? 0 : -1;
	} else if (c == '%') {
		if (r->shift)
			return -1;
		r->shift = 2;
		mdl_buf_putc(affix, c);
	} else if (c == '\xe2' && r->at + 1 < r->s.n && !memcmp(r->s.p + r->at, "\x80\xb0", 2)) {
		if (r->shift)
			return -1;
		r->shift = 3;
		mdl_buf_puts(affix, "\xe2\x80\xb0");
		r->at += 2;
	} else if (c == '\xc2' && r->at < r->s.n && r->s.p[r->at] == '\xa4') {
		bool twice = r->at + 2 < r->s.n && !memcmp(r->s.p + r->at + 1, "\xc2\xa4", 2);
		mdl_buf_puts(affix, twice ? "USD" : "$");
		r->at += twice ? 3 : 1;
	} else {
		mdl_buf_putc(affix, c);
	}
	return 1;
}

/* Read up to the end, or the ';' of the first subpattern. */
static bool read_part(struct reader *r, bool first, bool *more)
{
	int phase = 0, rc;
	*more = false;
	while (r->at < r->s.n) {
		char c = r->s.p[r->at];
		if (phase == 1) {
			bool skip = !first && (is_digit(c) || c == 'E');
			r->at += skip;
			rc = skip ? 1 : first ? read_digit(r) : 0;
			if (rc < 0)
				return false;
			if (rc == 0 || c == 'E')
				phase = 2;
			if (rc)
				continue;
		}
		if (!r->in_quote && is_digit(c)) {
			phase = 1;
			continue;
		}
		rc = read_affix(r, &r->affix[phase == 2], first && phase == 2);
		if (rc < 0)
			return false;
		if (rc == 0) {
			*more = true;
			break;
		}
	}
	if (r->zero == 0 && r->left > 0 && r->point >= 0) { /* "###.###", "###.", ".###" */
		int n = r->point ? r->point : 1;
		r->right = r->left - n;
		r->left = n - 1;
		r->zero = 1;
	}
	return !((r->point < 0 && r->right > 0) ||
		 (r->point >= 0 && (r->point < r->left || r->point > r->left + r->zero)) || r->group == 0 ||
		 r->in_quote);
}

bool mdl_number_pattern_parse(struct mdl_number_pattern *p, struct mdl_slice text, struct mdl_arena *a)
{
	struct reader r[2];
	bool more = false, ok = true;
	size_t n = 1;
	if (!text.n)
		text = MDL_SLICE("#,###,###,###,###,###,##0");
	for (size_t i = 0; i < 2; i++) {
		r[i] = (struct reader){.s = text, .group = -1, .point = -1};
		mdl_buf_init(&r[i].affix[0], MDL_BUF_NO_LIMIT);
		mdl_buf_init(&r[i].affix[1], MDL_BUF_NO_LIMIT);
	}
	ok = read_part(&r[0], true, &more);
	if (ok && more) {
		r[1].at = r[0].at;
		r[1].shift = 0;
		ok = read_part(&r[1], false, &more);
		n = 2;
	}
	const struct reader *x = &r[0];
	int total = x->left + x->zero + x->right, point = x->point >= 0 ? x->point : total;
	*p = (struct mdl_number_pattern){
		.min_int = point - x->left,
		.min_frac = x->point >= 0 ? x->left + x->zero - x->point : 0,
		.max_frac = x->point >= 0 ? total - x->point : 0,
		.group = x->group > 0 ? x->group : 0,
		.min_exp = x->min_exp,
		.shift = x->shift,
		.exponent = x->exponent,
		.point = x->point == 0 || (x->point >= 0 && x->point == total),
	};
	p->max_int = x->exponent ? x->left + p->min_int : ALL;
	p->prefix = p->neg_prefix = mdl_arena_slice(a, mdl_buf_slice(&r[0].affix[0]));
	p->suffix = p->neg_suffix = mdl_arena_slice(a, mdl_buf_slice(&r[0].affix[1]));
	if (n == 2) {
		p->neg_prefix = mdl_arena_slice(a, mdl_buf_slice(&r[1].affix[0]));
		p->neg_suffix = mdl_arena_slice(a, mdl_buf_slice(&r[1].affix[1]));
	}
	if (mdl_slice_eq(p->prefix, p->neg_prefix) && mdl_slice_eq(p->suffix, p->neg_suffix))
		p->neg_prefix = mdl_slice_of(mdl_arena_printf(a, "-%.*s", (int)p->prefix.n, p->prefix.p));
	for (size_t i = 0; i < 4; i++)
		mdl_buf_free(&r[i / 2].affix[i % 2]);
	return ok && p->max_frac <= MOST && p->min_int <= MOST;
}

/* ---- Numbers ---- */

/* 0.d1d2d3... times ten to the power of AT, without zeros at either end. */
struct digits {
	char d[2 * MOST + 64];
	int n, at;
	bool negative;
};

/* The digits of "123.45", "1.2E-7"; the sign and leading zeros do not count. */
static void take_digits(struct digits *x, const char *t)
{
	int exp = 0;
	bool seen = false;
	x->n = x->at = 0;
	for (t += *t == '-'; *t && *t != 'E' && *t != 'e'; t++) {
		if (*t == '.') {
			seen = true;
			continue;
		}
		if (x->n || *t != '0') {
			x->d[x->n++] = *t;
			x->at += !seen;
		} else {
			x->at -= seen;
		}
	}
	if (*t)
		sscanf(t + 1, "%d", &exp);
	x->at += exp;
	while (x->n && x->d[x->n - 1] == '0')
		x->n--;
	if (!x->n)
		x->at = 0;
}

/* Keep so many digits, to the nearest, halves to even. */
static void round_digits(struct digits *x, int keep)
{
	if (keep >= x->n)
		return;
	bool up = false;
	if (keep >= 0) {
		char c = x->d[keep], odd = keep ? x->d[keep - 1] & 1 : 0;
		up = c > '5' || (c == '5' && (keep + 1 < x->n || odd));
	}
	x->n = keep > 0 ? keep : 0;
	while (up && x->n && x->d[x->n - 1] == '9')
		x->n--;
	if (up && x->n) {
		x->d[x->n - 1]++;
	} else if (up) {
		x->d[x->n++] = '1';
		x->at++;
	}
	while (x->n && x->d[x->n - 1] == '0')
		x->n--;
	if (!x->n)
		x->at = 0;
}

/* The digits of a finite double: Java knows those of Double.toString, but rounds by the exact value. */
static void double_digits(struct digits *x, double d, const struct mdl_number_pattern *p)
{
	char t[2 * MOST + 64];
	t[mdl_num_put_double(t, d)] = '\0';
	take_digits(x, t);
	int keep = p->exponent ? p->max_int + p->max_frac : x->at + p->max_frac;
	if (keep >= x->n)
		return;
	if (p->exponent)
		snprintf(t, sizeof(t), "%.*e", keep > 0 ? keep - 1 : 0, d);
	else
		snprintf(t, sizeof(t), "%.*f", p->max_frac, d);
	take_digits(x, t);
}

static void get_digits(struct digits *x, const struct mdl_vec *v, size_t r,
		       const struct mdl_number_pattern *p)
{
	char t[512];
	if (mdl_type_is_fractional(v->type)) {
		double d = v->f64[r] * (p->shift == 2 ? 100 : p->shift ? 1000 : 1);
		x->negative = signbit(d);
		double_digits(x, d, p);
		return;
	}
	if (v->type->kind == MDL_T_DECIMAL) {
		x->negative = v->i128[r] < 0;
		t[mdl_decimal_put_plain(t, v->i128[r], v->type->scale)] = '\0';
	} else {
		x->negative = v->i64[r] < 0;
		t[mdl_num_put_int64(t, v->i64[r])] = '\0';
	}
	take_digits(x, t);
	x->at += x->n ? p->shift : 0;
	round_digits(x, p->exponent ? p->max_int + p->max_frac : x->at + p->max_frac);
}

static void put_plain(struct mdl_buf *out, const struct mdl_number_pattern *p, const struct digits *x)
{
	int whole = p->min_int > x->at ? p->min_int : x->at, k = 0;
	for (int i = whole - 1; i >= 0; i--) {
		mdl_buf_putc(out, i < x->at && k < x->n ? x->d[k++] : '0');
		if (p->group && i > 0 && i % p->group == 0)
			mdl_buf_putc(out, ',');
	}
	bool fraction = p->min_frac > 0 || k < x->n;
	if (!fraction && whole <= 0)
		mdl_buf_putc(out, '0');
	if (p->point || fraction)
		mdl_buf_putc(out, '.');
	for (int i = 0; i < p->max_frac && (i < p->min_frac || k < x->n); i++)
		mdl_buf_putc(out, -1 - i > x->at - 1 || k >= x->n ? '0' : x->d[k++]);
}

static void put_exponent(struct mdl_buf *out, const struct mdl_number_pattern *p, const struct digits *x)
{
	int exponent = x->at, min_int = p->min_int;
	if (p->max_int > 1 && p->max_int > p->min_int) { /* a multiple of so many digits */
		exponent = (exponent >= 1 ? exponent - 1 : exponent - p->max_int) / p->max_int * p->max_int;
		min_int = 1;
	} else {
		exponent -= min_int;
	}
	int whole = x->n ? x->at - exponent : min_int, total = p->min_int + p->min_frac;
	total = total > whole ? total : whole;
	total = total > x->n ? total : x->n;
	for (int i = 0; i < total; i++) {
		if (i == whole)
			mdl_buf_putc(out, '.');
		mdl_buf_putc(out, i < x->n ? x->d[i] : '0');
	}
	if (p->point && total == whole)
		mdl_buf_putc(out, '.');
	mdl_buf_printf(out, "E%s%0*d", exponent < 0 ? "-" : "", p->min_exp,
		       exponent < 0 ? -exponent : exponent);
}

void mdl_number_pattern_put(struct mdl_buf *out, const struct mdl_number_pattern *p, const struct mdl_vec *v,
			    size_t row)
{
	size_t r = mdl_row(v, row);
	struct digits x = {.n = 0};
	double d = mdl_type_is_fractional(v->type) ? v->f64[r] : 0;
	if (isnan(d)) {
		mdl_buf_puts(out, "NaN");
		return;
	}
	if (isinf(d))
		x.negative = d < 0;
	else
		get_digits(&x, v, r, p);
	mdl_buf_puts_slice(out, x.negative ? p->neg_prefix : p->prefix);
	if (isinf(d))
		mdl_buf_puts(out, "\xe2\x88\x9e");
	else if (p->exponent)
		put_exponent(out, p, &x);
	else
		put_plain(out, p, &x);
	mdl_buf_puts_slice(out, x.negative ? p->neg_suffix : p->suffix);
}
