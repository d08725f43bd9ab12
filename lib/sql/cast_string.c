/* SPDX-License-Identifier: MIT
 *
 * Casts from STRING: see cast_string.h.
 */
#include "sql/cast_string.h"

#include <math.h>
#include <string.h>
#include <strings.h>

#include "base/timestamp.h"
#include "sql/calendar.h"
#include "sql/decimal.h"

/* UTF8String.trimAll: white space and control characters. */
static struct mdl_slice trim(struct mdl_slice s)
{
	while (s.n && ((unsigned char)s.p[0] <= ' ' || s.p[0] == 0x7f)) {
		s.p++;
		s.n--;
	}
	while (s.n && ((unsigned char)s.p[s.n - 1] <= ' ' || s.p[s.n - 1] == 0x7f))
		s.n--;
	return s;
}

static bool is_word(struct mdl_slice s, const char *word)
{
	return s.n == strlen(word) && strncasecmp(s.p, word, s.n) == 0;
}

bool mdl_cast_string_bool(struct mdl_slice s, bool *v)
{
	static const char *const yes[] = {"true", "t", "yes", "y", "1"}, *const no[] = {"false", "f", "no",
											"n", "0"};
	s = trim(s);
	for (size_t i = 0; i < 5; i++) {
		if (is_word(s, yes[i])) {
			*v = true;
			return true;
		}
		if (is_word(s, no[i])) {
			*v = false;
			return true;
		}
	}
	return false;
}

enum mdl_num_result mdl_cast_string_int64(struct mdl_slice s, bool fraction, int64_t *v)
{
	s = trim(s);
	const char *point = fraction && s.n ? memchr(s.p, '.', s.n) : NULL;
	if (!point)
		return mdl_num_parse_int64(s, v);
	for (const char *p = point + 1; p < s.p + s.n; p++)
		if (*p < '0' || *p > '9')
			return MDL_NUM_SYNTAX;
	struct mdl_slice whole = {s.p, (size_t)(point - s.p)};
	if (whole.n == 0 || (whole.n == 1 && (*s.p == '-' || *s.p == '+'))) {
		*v = 0;
		return s.n > whole.n + 1 ? MDL_NUM_OK : MDL_NUM_SYNTAX;
	}
	return mdl_num_parse_int64(whole, v);
}

bool mdl_cast_string_double(struct mdl_slice s, bool single, double *v)
{
	s = trim(s);
	struct mdl_slice t = s;
	/* Java takes the suffixes of its literals. */
	if (t.n > 1 && strchr("dDfF", t.p[t.n - 1]) &&
	    (t.p[t.n - 2] == '.' || (t.p[t.n - 2] >= '0' && t.p[t.n - 2] <= '9')))
		t.n--;
	if ((single ? mdl_num_parse_float(t, v) : mdl_num_parse_double(t, v)) == MDL_NUM_OK)
		return true;
	bool neg = s.n && *s.p == '-', sign = neg || (s.n && *s.p == '+');
	struct mdl_slice word = {s.p + sign, s.n - sign};
	if (is_word(word, "inf") || is_word(word, "infinity"))
		*v = neg ? -(double)INFINITY : (double)INFINITY;
	else if (is_word(s, "nan") || mdl_slice_is(word, "NaN"))
		*v = (double)NAN;
	else
		return false;
	return true;
}

static void to_integers(struct mdl_cast *c, size_t row, struct mdl_slice s)
{
	static const int64_t least[] = {INT8_MIN, INT16_MIN, INT32_MIN, INT64_MIN};
	static const int64_t greatest[] = {INT8_MAX, INT16_MAX, INT32_MAX, INT64_MAX};
	unsigned k = (unsigned)(c->out->type->kind - MDL_T_TINYINT);
	int64_t v;
	if (mdl_cast_string_int64(s, !c->ansi, &v) != MDL_NUM_OK || v < least[k] || v > greatest[k])
		mdl_cast_fail(c, row, "CAST_INVALID_INPUT", s);
	else
		c->out->i64[row] = v;
}

static void to_decimal(struct mdl_cast *c, size_t row, struct mdl_slice s)
{
	struct mdl_dec to = {c->out->type->precision, c->out->type->scale};
	enum mdl_num_result r = mdl_decimal_parse(trim(s), to, &c->out->i128[row]);
	const struct mdl_dec most = {MDL_DECIMAL_DIGITS, 0};
	if (r != MDL_NUM_OK)
		mdl_cast_fail(c, row,
			      r == MDL_NUM_SYNTAX ? "CAST_INVALID_INPUT"
			      : mdl_decimal_parse(trim(s), most, &c->out->i128[row]) == MDL_NUM_OK
				      ? "NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION"
				      : "NUMERIC_OUT_OF_SUPPORTED_RANGE",
			      s);
}

/* "INTERVAL '1 02:03:04' DAY TO SECOND" or its inside alone. */
static bool read_interval(struct mdl_slice s, const struct mdl_type *t, int64_t *v)
{
	s = trim(s);
	const char *open = s.n ? memchr(s.p, '\'', s.n) : NULL;
	bool neg = false;
	if (open) {
		const char *close = memrchr(s.p, '\'', s.n);
		neg = memchr(s.p, '-', (size_t)(open - s.p)) != NULL;
		s = (struct mdl_slice){open + 1, close > open ? (size_t)(close - open - 1) : 0};
	}
	char text[64], junk;
	if (s.n == 0 || s.n >= sizeof(text))
		return false;
	memcpy(text, s.p, s.n);
	text[s.n] = '\0';
	const char *p = text;
	if (*p == '-' || *p == '+')
		neg ^= *p++ == '-';
	unsigned a = 0, b = 0, h = 0, m = 0;
	double sec = 0;
	if (t->kind == MDL_T_INTERVAL_YM) {
		if (t->from == t->to) {
			if (sscanf(p, "%9u%c", &a, &junk) != 1)
				return false;
			*v = t->from == MDL_U_YEAR ? (int64_t)a * 12 : a;
		} else if (sscanf(p, "%9u-%2u%c", &a, &b, &junk) != 2 || b > 11) {
			return false;
		} else {
			*v = (int64_t)a * 12 + b;
		}
	} else {
		static const char *const forms[6][6] = {
			[MDL_U_DAY] = {[MDL_U_DAY] = "d",
				       [MDL_U_HOUR] = "d h",
				       [MDL_U_MINUTE] = "d h:m",
				       [MDL_U_SECOND] = "d h:m:s"},
			[MDL_U_HOUR] = {[MDL_U_HOUR] = "h", [MDL_U_MINUTE] = "h:m", [MDL_U_SECOND] = "h:m:s"},
			[MDL_U_MINUTE] = {[MDL_U_MINUTE] = "m", [MDL_U_SECOND] = "m:s"},
			[MDL_U_SECOND] = {[MDL_U_SECOND] = "s"},
		};
		const char *form = forms[t->from][t->to];
		for (; form && *form; form++) {
			char *end = NULL;
			if (*form == ' ' || *form == ':') {
				if (*p++ != *form)
					return false;
				continue;
			}
			if (*p < '0' || *p > '9')
				return false;
			if (*form == 's')
				sec = strtod(p, &end);
			else
				*(*form == 'd'   ? &a
				  : *form == 'h' ? &h
						 : &m) = (unsigned)strtoul(p, &end, 10);
			p = end;
		}
		if (!form || *p)
			return false;
		*v = (int64_t)a * MDL_US_DAY + (int64_t)h * MDL_US_HOUR + (int64_t)m * MDL_US_MINUTE +
		     (int64_t)llround(sec * 1e6);
	}
	if (neg)
		*v = -*v;
	return true;
}

/* "1:2:3.4": hours, minutes, seconds, at most nine digits of a fraction, of which six count. */
static bool read_clock(struct mdl_slice s, int64_t *us)
{
	static const int most[] = {23, 59, 59};
	int64_t v[3] = {0};
	size_t i = 0;
	while (s.n && (unsigned char)s.p[s.n - 1] <= ' ')
		s.n--;
	while (i < s.n && (unsigned char)s.p[i] <= ' ')
		i++;
	for (int k = 0; k < 3; k++) {
		size_t from = i;
		for (; i < s.n && i - from < 2 && s.p[i] >= '0' && s.p[i] <= '9'; i++)
			v[k] = v[k] * 10 + (s.p[i] - '0');
		if (i == from || v[k] > most[k])
			return false;
		if (k < 2 && (i == s.n || s.p[i++] != ':'))
			return false;
	}
	*us = v[0] * MDL_US_HOUR + v[1] * MDL_US_MINUTE + v[2] * MDL_US_SECOND;
	if (i < s.n && s.p[i] == '.') {
		size_t from = ++i;
		for (int64_t unit = 100000; i < s.n && i - from < 9 && s.p[i] >= '0' && s.p[i] <= '9';
		     i++, unit /= 10)
			*us += unit * (s.p[i] - '0');
	}
	return i == s.n;
}

static bool to_others(struct mdl_cast *c, size_t row, struct mdl_slice s)
{
	struct mdl_vec *out = c->out;
	struct mdl_interval all;
	bool b;
	switch (out->type->kind) {
	case MDL_T_BOOLEAN:
		if (!mdl_cast_string_bool(s, &b))
			return false;
		out->b8[row] = b;
		return true;
	case MDL_T_FLOAT:
	case MDL_T_DOUBLE:
		return mdl_cast_string_double(s, out->type->kind == MDL_T_FLOAT, &out->f64[row]);
	case MDL_T_DATE:
		return mdl_timestamp_parse_date(s, &out->i64[row]);
	case MDL_T_TIMESTAMP:
		return mdl_timestamp_parse(s, c->zone, c->ctx->session->now_us, &out->i64[row]);
	case MDL_T_TIMESTAMP_NTZ:
		return mdl_timestamp_parse_ntz(s, true, &out->i64[row]);
	case MDL_T_TIME:
		return read_clock(s, &out->i64[row]);
	case MDL_T_INTERVAL_DT:
	case MDL_T_INTERVAL_YM:
		return read_interval(s, out->type, &out->i64[row]);
	case MDL_T_INTERVAL:
		/* What is none is NULL in ANSI mode, too. */
		if (mdl_interval_parse(s, &all))
			out->i128[row] = mdl_calendar_pack(all);
		else
			out->valid[row] = 0;
		return true;
	default:
		mdl_bug("cast from string to kind %d", (int)out->type->kind);
	}
}

void mdl_cast_from_string(struct mdl_cast *c, const uint32_t *sel, size_t n)
{
	bool integers = mdl_type_is_integral(c->out->type), decimal = c->out->type->kind == MDL_T_DECIMAL;
	MDL_EACH(row, sel, n)
	{
		size_t r = mdl_row(c->in, row);
		if (!(c->out->valid[row] = c->in->valid[r]))
			continue;
		struct mdl_slice s = c->in->str[r];
		if (integers)
			to_integers(c, row, s);
		else if (decimal)
			to_decimal(c, row, s);
		else if (!to_others(c, row, s))
			mdl_cast_fail(c, row, "CAST_INVALID_INPUT", s);
	}
}
