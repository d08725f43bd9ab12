/* SPDX-License-Identifier: MIT
 *
 * Numbers and intervals in SQL text, typed as Spark types them: 1 INT, 3000000000
 * BIGINT, 1.50 DECIMAL(3,2), 1e3 DOUBLE, 1L, 1S, 1Y, 1F, 1D, 1BD; INTERVAL '1' DAY.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sql/parse.h"
#include "sql/parser.h"

enum { MAX_DIGITS = 38 };

/* Digits, sign, point and exponent to a DECIMAL; false when it needs more than 38 digits. */
static bool decimal_value(const char *s, size_t n, bool negative, mdl_i128 *v, unsigned *precision,
			  unsigned *scale)
{
	mdl_i128 x = 0;
	unsigned digits = 0;
	int point = 0, exponent = 0;
	bool after = false;
	for (size_t i = 0; i < n; i++) {
		if (s[i] == '.') {
			after = true;
		} else if (s[i] == 'e' || s[i] == 'E') {
			exponent = atoi(s + i + 1);
			break;
		} else {
			if (x || s[i] != '0')
				digits++;
			if (digits > MAX_DIGITS)
				return false;
			x = x * 10 + (s[i] - '0');
			point += after;
		}
	}
	int sc = point - exponent;
	if (exponent > 1000 || exponent < -1000)
		return false;
	for (; sc < 0; sc++) {
		if (++digits > MAX_DIGITS && x)
			return false;
		x *= 10;
	}
	if (sc > MAX_DIGITS)
		return false;
	if (!x || digits == 0)
		digits = 1;
	if ((int)digits < sc)
		digits = (unsigned)sc;
	*v = negative ? -x : x;
	*precision = digits;
	*scale = (unsigned)sc;
	return true;
}

static int out_of_range(struct mdl_parser *p, const struct mdl_token *t, const char *type)
{
	return mdl_parse_error_at(
		p->src, t->pos, p->err,
		"[INVALID_NUMERIC_LITERAL_RANGE] Numeric literal %.*s is outside the valid range for %s",
		(int)(t->text.n > 60 ? 60 : t->text.n), t->text.p, type);
}

static int integer(struct mdl_parser *p, const struct mdl_token *t, size_t n, bool negative,
		   struct mdl_expr *e, char suffix)
{
	unsigned __int128 u = 0;
	bool big = false;
	for (size_t i = 0; i < n; i++) {
		if (u > (unsigned __int128)1 << 100)
			big = true;
		else
			u = u * 10 + (unsigned)(t->text.p[i] - '0');
	}
	mdl_i128 v = negative ? -(mdl_i128)u : (mdl_i128)u;
	static const struct {
		char suffix;
		const struct mdl_type *type;
		int bits;
	} kinds[] = {{'Y', &mdl_type_tinyint, 8},
		     {'S', &mdl_type_smallint, 16},
		     {0, &mdl_type_int, 32},
		     {'L', &mdl_type_bigint, 64}};
	for (size_t i = 0; i < 4; i++) {
		mdl_i128 limit = (mdl_i128)1 << (kinds[i].bits - 1);
		bool fits = !big && v >= -limit && v < limit;
		if (suffix && suffix == kinds[i].suffix && !fits)
			return out_of_range(p, t,
					    kinds[i].type->kind == MDL_T_BIGINT ? "bigint"
					    : kinds[i].bits == 8                ? "tinyint"
										: "smallint");
		if (fits && (suffix ? suffix == kinds[i].suffix : kinds[i].bits >= 32)) {
			e->type = kinds[i].type;
			e->value.i64 = (int64_t)v;
			return 0;
		}
	}
	unsigned precision, scale;
	if (!decimal_value(t->text.p, n, negative, &e->value.i128, &precision, &scale))
		return mdl_parse_error_at(
			p->src, t->pos, p->err,
			"[DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION] Decimal precision %zu exceeds "
			"max precision 38",
			n);
	e->type = mdl_type_decimal(precision, scale);
	return 0;
}

struct mdl_expr *mdl_parser_number(struct mdl_parser *p, bool negative)
{
	uint32_t pos = mdl_parser_peek(p, 0)->pos;
	p->at += negative;
	const struct mdl_token *t = mdl_parser_peek(p, 0);
	struct mdl_expr *e = mdl_parser_node(p, MDL_E_LITERAL, pos);
	size_t n = t->text.n;
	char last = (char)(t->text.p[n - 1] & ~0x20), suffix = 0;
	bool real = memchr(t->text.p, '.', n) != NULL;
	if (last >= 'A') {
		suffix = last;
		n--;
		if (last == 'D' && (t->text.p[n - 1] & ~0x20) == 'B') {
			suffix = 'B';
			n--;
		}
	}
	bool exponent = memchr(t->text.p, 'e', n) || memchr(t->text.p, 'E', n);
	unsigned precision, scale;
	if (suffix == 'D' || suffix == 'F' || (exponent && suffix != 'B')) {
		char *copy = mdl_arena_strndup(p->a, t->text.p, n);
		double v = suffix == 'F' ? (double)strtof(copy, NULL) : strtod(copy, NULL);
		e->type = suffix == 'F' ? &mdl_type_float : &mdl_type_double;
		e->value.f64 = negative ? -v : v;
		if (isinf(v)) {
			out_of_range(p, t, suffix == 'F' ? "float" : "double");
			return NULL;
		}
	} else if (real || suffix == 'B') {
		if (!decimal_value(t->text.p, n, negative, &e->value.i128, &precision, &scale)) {
			mdl_parse_error_at(
				p->src, t->pos, p->err,
				"[DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION] Decimal precision of this number "
				"exceeds max precision 38");
			return NULL;
		}
		e->type = mdl_type_decimal(precision, scale);
	} else if (integer(p, t, n, negative, e, suffix) < 0) {
		return NULL;
	}
	e->value.type = e->type;
	p->at++;
	return mdl_parser_close(p, e, NULL, 0);
}

/* ---- intervals ---- */

static const struct {
	const char *word;
	enum mdl_unit unit;
	int64_t months, us;
} units[] = {
	{"YEAR", MDL_U_YEAR, 12, 0},
	{"MONTH", MDL_U_MONTH, 1, 0},
	{"WEEK", MDL_U_DAY, 0, 7 * 86400000000},
	{"DAY", MDL_U_DAY, 0, 86400000000},
	{"HOUR", MDL_U_HOUR, 0, 3600000000},
	{"MINUTE", MDL_U_MINUTE, 0, 60000000},
	{"SECOND", MDL_U_SECOND, 0, 1000000},
	{"MILLISECOND", MDL_U_SECOND, 0, 1000},
	{"MICROSECOND", MDL_U_SECOND, 0, 1},
};

static int find_unit(struct mdl_slice w)
{
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
		struct mdl_slice s = w;
		if (mdl_word_eq(s, units[i].word))
			return (int)i;
		if (s.n > 1 && (s.p[s.n - 1] | 0x20) == 's') {
			s.n--;
			if (mdl_word_eq(s, units[i].word))
				return (int)i;
		}
	}
	return -1;
}

/* TEXT times unit K, added to MONTHS and US. False when it is no number, or overflows. */
static bool add_quantity(struct mdl_slice text, bool negative, int k, int64_t *months, int64_t *us)
{
	mdl_i128 whole = 0, frac = 0;
	int fd = -1;
	size_t i = 0;
	while (i < text.n && (text.p[i] == ' ' || text.p[i] == '\t'))
		i++;
	if (i < text.n && (text.p[i] == '-' || text.p[i] == '+'))
		negative ^= text.p[i++] == '-';
	if (i == text.n)
		return false;
	for (; i < text.n && text.p[i] != ' '; i++) {
		if (text.p[i] == '.' && fd < 0) {
			fd = 0;
		} else if (text.p[i] >= '0' && text.p[i] <= '9') {
			if (fd < 0)
				whole = whole * 10 + (text.p[i] - '0');
			else if (fd < 6)
				frac = frac * 10 + (text.p[i] - '0'), fd++;
			if (whole > INT64_MAX)
				return false;
		} else {
			return false;
		}
	}
	for (; i < text.n; i++)
		if (text.p[i] != ' ')
			return false;
	if (fd >= 0 && units[k].us != 1000000)
		return false;
	for (; fd >= 0 && fd < 6; fd++)
		frac *= 10;
	int64_t m, u;
	mdl_i128 all_m = whole * units[k].months, all_u = whole * units[k].us + frac;
	if (all_m > INT32_MAX || all_u > INT64_MAX)
		return false;
	m = negative ? -(int64_t)all_m : (int64_t)all_m;
	u = negative ? -(int64_t)all_u : (int64_t)all_u;
	return !__builtin_add_overflow(*months, m, months) && !__builtin_add_overflow(*us, u, us);
}

int mdl_parser_quantities(struct mdl_parser *p, int64_t *months, int64_t *us, enum mdl_unit *from,
			  enum mdl_unit *to)
{
	bool any = false;
	*months = *us = 0;
	for (;;) {
		size_t k = mdl_parser_is_op(p, 0, '-') || mdl_parser_is_op(p, 0, '+');
		const struct mdl_token *t = mdl_parser_peek(p, k), *u = mdl_parser_peek(p, k + 1);
		if ((t->kind != MDL_TK_NUMBER && t->kind != MDL_TK_STRING) || u->kind != MDL_TK_NAME)
			break;
		int unit = find_unit(u->text);
		if (unit < 0)
			break;
		if (!add_quantity(t->text, mdl_parser_is_op(p, 0, '-'), unit, months, us))
			return mdl_parse_error_at(
				p->src, t->pos, p->err,
				"[INVALID_INTERVAL_FORMAT] Error parsing '%.*s' to interval",
				(int)(t->text.n > 60 ? 60 : t->text.n), t->text.p);
		if (!any || units[unit].unit < *from)
			*from = units[unit].unit;
		if (!any || units[unit].unit > *to)
			*to = units[unit].unit;
		any = true;
		p->at += k + 2;
	}
	return any ? 0 : mdl_parser_syntax(p, ": expected an interval, as in 10 minutes");
}

/* 'D HH:MM:SS.ffffff' and its parts, 'Y-M': the text of INTERVAL '...' FROM TO TO. */
static bool ranged(struct mdl_slice s, enum mdl_unit from, enum mdl_unit to, int64_t *months, int64_t *us)
{
	size_t i = 0;
	bool negative = false;
	while (s.n && s.p[s.n - 1] == ' ')
		s.n--;
	while (i < s.n && s.p[i] == ' ')
		i++;
	if (i < s.n && (s.p[i] == '-' || s.p[i] == '+'))
		negative = s.p[i++] == '-';
	*months = *us = 0;
	for (int u = (int)from; u <= (int)to; u++) {
		static const int unit_index[] = {0, 1, 3, 4, 5, 6};
		size_t start = i;
		while (i < s.n && ((s.p[i] >= '0' && s.p[i] <= '9') || (u == MDL_U_SECOND && s.p[i] == '.')))
			i++;
		if (i == start || !add_quantity((struct mdl_slice){s.p + start, i - start}, negative,
						unit_index[u], months, us))
			return false;
		if (u == (int)to)
			break;
		char want = u == MDL_U_YEAR ? '-' : u == MDL_U_DAY ? ' ' : ':';
		if (i >= s.n || s.p[i] != want)
			return false;
		while (i < s.n && s.p[i] == want && want == ' ')
			i++;
		i += want != ' ';
	}
	return i == s.n;
}

static int interval_text(struct mdl_parser *p, struct mdl_slice text, size_t pos, int64_t *months,
			 int64_t *us, enum mdl_unit *from, enum mdl_unit *to)
{
	struct mdl_source src = {"interval", text};
	struct mdl_parser q;
	struct mdl_err err = MDL_ERR_INIT;
	if (mdl_parser_init(&q, p->a, &src, &err) == 0) {
		mdl_parser_take(&q, "INTERVAL");
		if (mdl_parser_quantities(&q, months, us, from, to) == 0 && mdl_parser_end(&q) == 0)
			return 0;
	}
	return mdl_parse_error_at(p->src, pos, p->err,
				  "[INVALID_INTERVAL_FORMAT] Error parsing '%.*s' to interval",
				  (int)(text.n > 60 ? 60 : text.n), text.p);
}

struct mdl_expr *mdl_parser_interval(struct mdl_parser *p)
{
	struct mdl_expr *e = mdl_parser_node(p, MDL_E_LITERAL, mdl_parser_peek(p, 0)->pos);
	int64_t months = 0, us = 0;
	enum mdl_unit from = MDL_U_DAY, to = MDL_U_SECOND;
	p->at++;
	bool negative = mdl_parser_is_op(p, 0, '-') && mdl_parser_peek(p, 1)->kind == MDL_TK_STRING;
	const struct mdl_token *t = mdl_parser_peek(p, negative);
	int unit = mdl_parser_peek(p, negative + 1u)->kind == MDL_TK_NAME
			   ? find_unit(mdl_parser_peek(p, negative + 1u)->text)
			   : -1;
	if (t->kind == MDL_TK_STRING && unit >= 0 && mdl_parser_is(p, negative + 2u, "TO")) {
		int unit2 = find_unit(mdl_parser_peek(p, negative + 3u)->text);
		from = units[unit].unit;
		to = unit2 >= 0 ? units[unit2].unit : from;
		if (unit2 < 0 || to <= from || (from <= MDL_U_MONTH) != (to <= MDL_U_MONTH) ||
		    !ranged(t->text, from, to, &months, &us)) {
			mdl_parse_error_at(p->src, t->pos, p->err,
					   "[INVALID_INTERVAL_FORMAT] Error parsing '%.*s' to interval",
					   (int)(t->text.n > 60 ? 60 : t->text.n), t->text.p);
			return NULL;
		}
		p->at += negative + 4u;
		if (negative)
			months = -months, us = -us;
	} else if (t->kind == MDL_TK_STRING && unit < 0) {
		if (interval_text(p, t->text, t->pos, &months, &us, &from, &to) < 0)
			return NULL;
		p->at += negative + 1u;
		if (negative)
			months = -months, us = -us;
	} else if (mdl_parser_quantities(p, &months, &us, &from, &to) < 0) {
		return NULL;
	}
	if (from <= MDL_U_MONTH && to > MDL_U_MONTH) {
		mdl_parse_error_at(
			p->src, e->pos, p->err,
			"[_LEGACY_ERROR_TEMP_0029] Cannot mix year-month and day-time fields in one interval; "
			"add two, or make_interval(...)");
		return NULL;
	}
	e->type = e->value.type = mdl_type_interval(from, to);
	e->value.i64 = from <= MDL_U_MONTH ? months : us;
	return mdl_parser_close(p, e, NULL, 0);
}

int mdl_parser_duration(struct mdl_parser *p, int64_t *us)
{
	enum mdl_unit from, to;
	int64_t months = 0;
	const struct mdl_token *start = mdl_parser_peek(p, 0), *t;
	if (mdl_parser_is(p, 0, "INTERVAL"))
		p->at++;
	t = mdl_parser_peek(p, 0);
	if (t->kind == MDL_TK_STRING &&
	    (mdl_parser_peek(p, 1)->kind != MDL_TK_NAME || find_unit(mdl_parser_peek(p, 1)->text) < 0)) {
		if (interval_text(p, t->text, t->pos, &months, us, &from, &to) < 0)
			return -1;
		p->at++;
	} else if (mdl_parser_quantities(p, &months, us, &from, &to) < 0) {
		return -1;
	}
	if (months)
		return mdl_parse_error_at(
			p->src, start->pos, p->err,
			"[INVALID_INTERVAL_FORMAT] months and years have no fixed length; use days");
	if (*us < 0)
		return mdl_parse_error_at(p->src, start->pos, p->err,
					  "[INVALID_INTERVAL_FORMAT] the interval is negative");
	return 0;
}
