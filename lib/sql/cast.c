/* SPDX-License-Identifier: MIT
 *
 * Casts between types: which are allowed, and those of numbers, times and nested
 * values. Those from strings are in cast_string.c, to strings in cast_text.c.
 */
#include "sql/cast.h"

#include <math.h>
#include <string.h>

#include "base/num.h"
#include "base/timestamp.h"
#include "sql/cast_string.h"
#include "sql/cast_text.h"
#include "sql/decimal.h"
#include "json/text.h"

/* ---- which ---- */

static bool is_number(enum mdl_kind k)
{
	return k >= MDL_T_TINYINT && k <= MDL_T_DECIMAL;
}

static bool is_interval(enum mdl_kind k)
{
	return k == MDL_T_INTERVAL_DT || k == MDL_T_INTERVAL_YM;
}

static bool allowed_from_datetime(enum mdl_kind f, enum mdl_kind t, bool ansi)
{
	if (t >= MDL_T_DATE && t <= MDL_T_TIMESTAMP_NTZ)
		return true;
	if (f == MDL_T_TIMESTAMP)
		return is_number(t) || (t == MDL_T_BOOLEAN && !ansi);
	/* Without ANSI a date casts to numbers and is NULL; no use is known, so that is refused as with it. */
	return false;
}

static bool allowed_from_interval(const struct mdl_type *from, const struct mdl_type *to)
{
	if (to->kind == from->kind)
		return true;
	return is_number(to->kind) && to->kind != MDL_T_FLOAT && to->kind != MDL_T_DOUBLE;
}

static bool allowed_nested(const struct mdl_type *from, const struct mdl_type *to, bool ansi)
{
	if (from->kind != to->kind)
		return false;
	if (from->kind == MDL_T_STRUCT) {
		if (from->nfields != to->nfields)
			return false;
		for (size_t i = 0; i < from->nfields; i++)
			if (!mdl_cast_allowed(from->fields[i].type, to->fields[i].type, ansi))
				return false;
		return true;
	}
	return mdl_cast_allowed(from->element, to->element, ansi) &&
	       (from->kind != MDL_T_MAP || mdl_cast_allowed(from->key, to->key, ansi));
}

bool mdl_cast_allowed(const struct mdl_type *from, const struct mdl_type *to, bool ansi)
{
	enum mdl_kind f = from->kind, t = to->kind;
	if (f == MDL_T_NULL || mdl_type_eq(from, to))
		return true;
	if (t == MDL_T_NULL || f == MDL_T_ANY || t == MDL_T_ANY)
		return false;
	if (mdl_type_is_complex(from))
		return t == MDL_T_STRING || allowed_nested(from, to, ansi);
	if (mdl_type_is_complex(to))
		return false;
	if (t == MDL_T_STRING || f == MDL_T_STRING)
		return true;
	if (f == MDL_T_BINARY || f == MDL_T_INTERVAL || t == MDL_T_INTERVAL)
		return false;
	if (t == MDL_T_BINARY)
		return !ansi && mdl_type_is_integral(from);
	if (f == MDL_T_TIME || t == MDL_T_TIME)
		return f == MDL_T_TIME && (mdl_type_is_integral(to) || t == MDL_T_DECIMAL);
	if (mdl_type_is_datetime(from))
		return allowed_from_datetime(f, t, ansi);
	if (is_interval(f))
		return allowed_from_interval(from, to);
	if (is_interval(t))
		return is_number(f) && f != MDL_T_FLOAT && f != MDL_T_DOUBLE;
	/* Now f is a number or a boolean. */
	if (t == MDL_T_BOOLEAN || is_number(t))
		return true;
	return t == MDL_T_TIMESTAMP && (is_number(f) || !ansi);
}

static int rank(const struct mdl_type *t)
{
	return t->kind >= MDL_T_TINYINT && t->kind <= MDL_T_BIGINT ? (int)(t->kind - MDL_T_TINYINT) : -1;
}

bool mdl_cast_can_fail(const struct mdl_type *from, const struct mdl_type *to)
{
	static const uint8_t digits[] = {3, 5, 10, 20};
	enum mdl_kind f = from->kind, t = to->kind;
	if (f == MDL_T_NULL || t == MDL_T_STRING || mdl_type_eq(from, to))
		return false;
	if (f == MDL_T_STRING)
		return t != MDL_T_BINARY && t != MDL_T_INTERVAL;
	if (mdl_type_is_complex(from)) {
		if (f != MDL_T_STRUCT)
			return mdl_cast_can_fail(from->element, to->element) ||
			       (f == MDL_T_MAP && mdl_cast_can_fail(from->key, to->key));
		for (size_t i = 0; i < from->nfields; i++)
			if (mdl_cast_can_fail(from->fields[i].type, to->fields[i].type))
				return true;
		return false;
	}
	if (t == MDL_T_BOOLEAN || t == MDL_T_FLOAT || t == MDL_T_DOUBLE || t == MDL_T_BINARY)
		return false;
	if (t == MDL_T_DECIMAL) {
		if (rank(from) >= 0)
			return to->precision - to->scale < digits[rank(from)];
		if (f == MDL_T_BOOLEAN)
			return to->precision == to->scale;
		return f != MDL_T_DECIMAL || from->precision - from->scale > to->precision - to->scale ||
		       from->scale > to->scale;
	}
	if (rank(to) >= 0)
		return f != MDL_T_BOOLEAN && !(rank(from) >= 0 && rank(from) <= rank(to)) &&
		       !(f == MDL_T_TIMESTAMP && t == MDL_T_BIGINT);
	if (t == MDL_T_TIMESTAMP)
		return mdl_type_is_fractional(from);
	return is_interval(t);
}

/* ---- failures ---- */

void mdl_cast_fail(struct mdl_cast *c, size_t row, const char *class, struct mdl_slice shown)
{
	enum mdl_kind k = c->out->type->kind;
	if (c->in->type->kind == MDL_T_STRING && (k == MDL_T_INTERVAL_DT || k == MDL_T_INTERVAL_YM)) {
		/* In either mode. */
		mdl_fn_fail(
			c->ctx, c->out, row,
			k == MDL_T_INTERVAL_DT ? "INVALID_INTERVAL_FORMAT.UNMATCHED_FORMAT_STRING_WITH_NOTICE"
					       : "INVALID_INTERVAL_FORMAT.UNMATCHED_FORMAT_STRING",
			"Error parsing '%.*s' to interval.", (int)(shown.n < 200 ? shown.n : 200), shown.p);
		return;
	}
	if (!c->ansi || c->ctx->quiet) {
		c->out->valid[row] = 0;
		return;
	}
	struct mdl_arena *a = c->ctx->arena;
	const char *from = mdl_type_name(a, c->in->type), *to = mdl_type_name(a, c->out->type);
	int n = (int)(shown.n < 200 ? shown.n : 200);
	if (strcmp(class, "CAST_OVERFLOW") == 0)
		mdl_fn_fail(
			c->ctx, c->out, row, class,
			"The value %.*s of the type \"%s\" cannot be cast to \"%s\" due to an overflow. Use `try_cast` "
			"to tolerate overflow and return NULL instead.",
			n, shown.p, from, to);
	else if (strcmp(class, "CAST_INVALID_INPUT") == 0)
		mdl_fn_fail(
			c->ctx, c->out, row, class,
			"The value %s%.*s%s of the type \"%s\" cannot be cast to \"%s\" because it is malformed. Correct "
			"the value as per the syntax, or change its target type. Use `try_cast` to tolerate malformed "
			"input and return NULL instead.",
			c->in->type->kind == MDL_T_STRING ? "'" : "", n, shown.p,
			c->in->type->kind == MDL_T_STRING ? "'" : "", from, to);
	else
		mdl_fn_fail(c->ctx, c->out, row, class, "The value %.*s cannot be represented as %s.", n,
			    shown.p, to);
}

static void fail_value(struct mdl_cast *c, size_t row, const char *class)
{
	struct mdl_buf b = MDL_BUF_INIT(1 << 10);
	if (c->ansi && !c->ctx->quiet)
		mdl_cast_text_put(&b, c->in, row, c->zone, true);
	mdl_cast_fail(c, row, class, mdl_buf_slice(&b));
	mdl_buf_free(&b);
}

/* ---- numbers ---- */

/* Intervals as numbers count their last field: months or microseconds of each enum mdl_unit. */
static const int64_t unit_size[] = {12, 1, MDL_US_DAY, MDL_US_HOUR, MDL_US_MINUTE, MDL_US_SECOND};

static const int64_t least[] = {INT8_MIN, INT16_MIN, INT32_MIN, INT64_MIN};
static const int64_t greatest[] = {INT8_MAX, INT16_MAX, INT32_MAX, INT64_MAX};

/* Java's narrowing of a long. */
static int64_t wrap(int64_t v, int to)
{
	return to == 0 ? (int8_t)v : to == 1 ? (int16_t)v : to == 2 ? (int32_t)v : v;
}

/* Java's (long) and (int) of a double: NaN is 0, what is too great the limit. */
static int64_t saturate(double v, int to)
{
	if (isnan(v))
		return 0;
	if (to == 3)
		return v >= 0x1p63 ? INT64_MAX : v < -0x1p63 ? INT64_MIN : (int64_t)v;
	int64_t i = v >= 0x1p31 ? INT32_MAX : v < -0x1p31 ? INT32_MIN : (int64_t)v;
	return wrap(i, to);
}

static bool double_fits(double v, int to)
{
	if (to == 3)
		return floor(v) <= 0x1p63 &&
		       ceil(v) >= -0x1p63; /* Java compares with Long.MaxValue made double */
	return floor(v) <= (double)greatest[to] && ceil(v) >= (double)least[to];
}

static void integer_from(struct mdl_cast *c, size_t row, size_t r)
{
	const struct mdl_vec *in = c->in;
	int to = rank(c->out->type);
	int64_t v = 0, *out = &c->out->i64[row];
	switch (in->type->kind) {
	case MDL_T_BOOLEAN:
		*out = in->b8[r];
		return;
	case MDL_T_FLOAT:
	case MDL_T_DOUBLE:
		if (c->ansi && !double_fits(in->f64[r], to))
			fail_value(c, row, "CAST_OVERFLOW");
		else
			*out = saturate(in->f64[r], to);
		return;
	case MDL_T_DECIMAL:
		if (!mdl_decimal_to_int64(in->i128[r], in->type->scale, &v)) {
			if (c->ansi) {
				fail_value(c, row, "CAST_OVERFLOW");
				return;
			}
			v = (int64_t)(in->i128[r] / mdl_decimal_pow10(in->type->scale));
		}
		break;
	case MDL_T_TIMESTAMP:
		v = mdl_floor_div(in->i64[r], MDL_US_SECOND);
		break;
	case MDL_T_TIME:
		v = in->i64[r] / MDL_US_SECOND;
		break;
	case MDL_T_INTERVAL_YM:
	case MDL_T_INTERVAL_DT:
		v = in->i64[r] / unit_size[in->type->to];
		break;
	default:
		v = in->i64[r];
	}
	if (v < least[to] || v > greatest[to]) {
		if (c->ansi) {
			fail_value(c, row, "CAST_OVERFLOW");
			return;
		}
		if (in->type->kind == MDL_T_TIMESTAMP) {
			c->out->valid[row] = 0;
			return;
		}
		v = wrap(v, to);
	}
	*out = v;
}

static double double_from(const struct mdl_vec *in, size_t r)
{
	switch (in->type->kind) {
	case MDL_T_BOOLEAN:
		return in->b8[r];
	case MDL_T_FLOAT:
	case MDL_T_DOUBLE:
		return in->f64[r];
	case MDL_T_DECIMAL:
		return mdl_decimal_to_double(in->i128[r], in->type->scale);
	case MDL_T_TIMESTAMP:
		return (double)in->i64[r] / 1e6;
	default:
		return (double)in->i64[r];
	}
}

static void decimal_from(struct mdl_cast *c, size_t row, size_t r)
{
	const struct mdl_vec *in = c->in;
	struct mdl_dec to = {c->out->type->precision, c->out->type->scale};
	mdl_i128 *out = &c->out->i128[row];
	bool ok;
	switch (in->type->kind) {
	case MDL_T_BOOLEAN:
		ok = mdl_decimal_from_int64(in->b8[r], to, out);
		break;
	case MDL_T_FLOAT:
	case MDL_T_DOUBLE:
		if (!isfinite(in->f64[r])) {
			c->out->valid[row] = 0;
			return;
		}
		ok = mdl_decimal_from_double(in->f64[r], to, out);
		break;
	case MDL_T_DECIMAL:
		ok = mdl_decimal_rescale(in->i128[r], in->type->scale, to, out);
		break;
	case MDL_T_TIMESTAMP:
		ok = mdl_decimal_from_double((double)in->i64[r] / 1e6, to, out);
		break;
	case MDL_T_TIME:
		ok = mdl_decimal_rescale(in->i64[r], 6, to, out);
		break;
	case MDL_T_INTERVAL_DT:
	case MDL_T_INTERVAL_YM:
		ok = mdl_decimal_div(in->i64[r], 0, unit_size[in->type->to], 0, to, out);
		break;
	default:
		ok = mdl_decimal_from_int64(in->i64[r], to, out);
	}
	if (!ok)
		fail_value(c, row, "NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION");
}

static bool truth(const struct mdl_vec *in, size_t r)
{
	switch (in->type->kind) {
	case MDL_T_FLOAT:
	case MDL_T_DOUBLE:
		return in->f64[r] != 0;
	case MDL_T_DECIMAL:
		return in->i128[r] != 0;
	default:
		return in->i64[r] != 0;
	}
}

/* ---- times ---- */

static void timestamp_from(struct mdl_cast *c, size_t row, size_t r)
{
	const struct mdl_vec *in = c->in;
	int64_t *out = &c->out->i64[row];
	double d;
	switch (in->type->kind) {
	case MDL_T_BOOLEAN:
		*out = in->b8[r];
		return;
	case MDL_T_FLOAT:
	case MDL_T_DOUBLE:
		d = in->f64[r];
		if (!isfinite(d))
			fail_value(c, row, "CAST_INVALID_INPUT");
		else if (c->ansi && !double_fits(d * 1e6, 3))
			fail_value(c, row, "CAST_OVERFLOW");
		else
			*out = saturate(d * 1e6, 3);
		return;
	case MDL_T_DECIMAL: {
		/* (value * 10^6).longValue: the low 64 bits */
		mdl_i128 v = in->i128[r];
		unsigned s = in->type->scale;
		if (s > 6)
			v /= mdl_decimal_pow10(s - 6);
		else
			v = (mdl_i128)((unsigned __int128)v * (unsigned __int128)mdl_decimal_pow10(6 - s));
		*out = (int64_t)v;
		return;
	}
	case MDL_T_DATE:
		if (__builtin_mul_overflow(in->i64[r], MDL_US_DAY, out))
			c->out->valid[row] = 0;
		else
			*out = mdl_zone_to_utc(c->zone, *out);
		return;
	case MDL_T_TIMESTAMP_NTZ:
		*out = mdl_zone_to_utc(c->zone, in->i64[r]);
		return;
	default:
		if (__builtin_mul_overflow(in->i64[r], MDL_US_SECOND, out)) /* SECONDS.toMicros saturates */
			*out = in->i64[r] < 0 ? INT64_MIN : INT64_MAX;
	}
}

static int64_t local_of(struct mdl_cast *c, size_t r)
{
	return c->in->type->kind == MDL_T_TIMESTAMP ? mdl_zone_to_local(c->zone, c->in->i64[r])
						    : c->in->i64[r];
}

static void interval_from(struct mdl_cast *c, size_t row, size_t r)
{
	const struct mdl_vec *in = c->in;
	int64_t *out = &c->out->i64[row], unit = unit_size[c->out->type->to];
	bool ok;
	if (in->type->kind == c->out->type->kind) { /* other fields: cut to the last one */
		int64_t last = unit;
		*out = last == MDL_US_SECOND ? in->i64[r] : in->i64[r] / last * last;
		return;
	}
	if (in->type->kind == MDL_T_DECIMAL) {
		mdl_i128 v, m;
		/* Days, hours and minutes are cut to whole ones, months and microseconds rounded. */
		if (c->out->type->kind == MDL_T_INTERVAL_DT && c->out->type->to != MDL_U_SECOND)
			ok = mdl_decimal_round(in->i128[r], in->type->scale, 0, 't',
					       (struct mdl_dec){MDL_DECIMAL_DIGITS, 0}, &v) &&
			     !__builtin_mul_overflow(v, (mdl_i128)unit, &v) && v >= INT64_MIN &&
			     v <= INT64_MAX;
		else
			ok = !__builtin_mul_overflow(in->i128[r], (mdl_i128)unit, &m) &&
			     mdl_decimal_round(m, in->type->scale, 0, 'u',
					       (struct mdl_dec){MDL_DECIMAL_DIGITS, 0}, &v) &&
			     v >= INT64_MIN && v <= INT64_MAX;
		if (ok)
			*out = (int64_t)v;
	} else {
		ok = !__builtin_mul_overflow(in->i64[r], unit, out);
	}
	if (!ok || (c->out->type->kind == MDL_T_INTERVAL_YM && (*out < INT32_MIN || *out > INT32_MAX)))
		fail_value(c, row, "CAST_OVERFLOW");
}

/* ---- one row ---- */

static void to_binary(struct mdl_cast *c, size_t row, size_t r)
{
	if (c->in->type->kind == MDL_T_STRING) {
		c->out->str[row] = c->in->str[r];
		return;
	}
	size_t n = (size_t)1 << rank(c->in->type);
	char *p = mdl_arena_alloc(c->ctx->arena, n);
	for (size_t i = 0; i < n; i++)
		p[i] = (char)((uint64_t)c->in->i64[r] >> (8 * (n - 1 - i)));
	c->out->str[row] = (struct mdl_slice){p, n};
}

static void to_string(struct mdl_cast *c, size_t row, size_t r)
{
	if (c->in->type->kind == MDL_T_BINARY && mdl_utf8_valid(c->in->str[r])) {
		c->out->str[row] = c->in->str[r];
		return;
	}
	mdl_buf_clear(&c->text);
	mdl_cast_text_put(&c->text, c->in, row, c->zone, c->ansi);
	c->out->str[row] = mdl_arena_slice(c->ctx->arena, mdl_buf_slice(&c->text));
}

static void cast_row(struct mdl_cast *c, size_t row)
{
	const struct mdl_vec *in = c->in;
	size_t r = mdl_row(in, row);
	struct mdl_vec *out = c->out;
	switch (out->type->kind) {
	case MDL_T_BOOLEAN:
		out->b8[row] = truth(in, r);
		break;
	case MDL_T_TINYINT:
	case MDL_T_SMALLINT:
	case MDL_T_INT:
	case MDL_T_BIGINT:
		integer_from(c, row, r);
		break;
	case MDL_T_FLOAT:
		out->f64[row] = (double)(float)double_from(in, r);
		break;
	case MDL_T_DOUBLE:
		out->f64[row] = double_from(in, r);
		break;
	case MDL_T_DECIMAL:
		decimal_from(c, row, r);
		break;
	case MDL_T_STRING:
		to_string(c, row, r);
		break;
	case MDL_T_BINARY:
		to_binary(c, row, r);
		break;
	case MDL_T_DATE:
		out->i64[row] = mdl_floor_div(local_of(c, r), MDL_US_DAY);
		break;
	case MDL_T_TIMESTAMP:
		timestamp_from(c, row, r);
		break;
	case MDL_T_TIMESTAMP_NTZ:
		if (in->type->kind != MDL_T_DATE)
			out->i64[row] = local_of(c, r);
		else if (__builtin_mul_overflow(in->i64[r], MDL_US_DAY, &out->i64[row]))
			out->valid[row] = 0;
		break;
	case MDL_T_INTERVAL_DT:
	case MDL_T_INTERVAL_YM:
		interval_from(c, row, r);
		break;
	default:
		mdl_bug("cast to kind %d", (int)out->type->kind);
	}
}

/* ---- nested ---- */

static void cast_any(struct mdl_cast *c, const uint32_t *sel, size_t n);

/* The elements of the selected rows, one after another, become a selection of their own. */
static void cast_child(struct mdl_cast *c, size_t k, const struct mdl_type *to, const uint32_t *sel, size_t n,
		       size_t size)
{
	struct mdl_vec *child = mdl_vec_new(c->ctx->arena, to, size);
	struct mdl_fails *fails = c->ctx->fails;
	struct mdl_fn_ctx inner = *c->ctx;
	/* An element's failure has no row of its own: it shows as a NULL where there was a value. */
	inner.quiet = true;
	inner.fails = fails;
	struct mdl_cast e = *c;
	e.ctx = &inner;
	e.in = c->in->child[k];
	e.out = child;
	mdl_buf_init(&e.text, MDL_BUF_NO_LIMIT);
	cast_any(&e, sel, n);
	mdl_buf_free(&e.text);
	c->out->child[k] = child;
}

static bool lost(const struct mdl_vec *before, const struct mdl_vec *after, size_t at)
{
	return before->valid[mdl_row(before, at)] && !after->valid[mdl_row(after, at)];
}

static void cast_spans(struct mdl_cast *c, const uint32_t *sel, size_t n)
{
	const struct mdl_vec *in = c->in;
	size_t total = 0, size = 0;
	MDL_EACH(row, sel, n)
	{
		size_t r = mdl_row(in, row);
		c->out->valid[row] = in->valid[r];
		c->out->span[row] = in->valid[r] ? in->span[r] : (struct mdl_span){0, 0};
		total += c->out->span[row].n;
		size_t end = (size_t)c->out->span[row].at + c->out->span[row].n;
		size = end > size ? end : size;
	}
	uint32_t *items = mdl_arena_alloc(c->ctx->arena, (total + 1) * sizeof(*items));
	size_t k = 0;
	MDL_EACH(row, sel, n)
	for (uint32_t i = 0; i < c->out->span[row].n; i++)
		items[k++] = c->out->span[row].at + i;
	bool map = c->out->type->kind == MDL_T_MAP;
	c->out->child = mdl_arena_alloc(c->ctx->arena, 2 * sizeof(*c->out->child));
	cast_child(c, 0, map ? c->out->type->key : c->out->type->element, items, total, size + 1);
	if (map)
		cast_child(c, 1, c->out->type->element, items, total, size + 1);
	if (!c->ansi)
		return;
	MDL_EACH(row, sel, n)
	for (uint32_t i = 0; i < c->out->span[row].n; i++) {
		size_t at = c->out->span[row].at + i;
		if (lost(in->child[0], c->out->child[0], at) ||
		    (map && lost(in->child[1], c->out->child[1], at))) {
			if (!c->ctx->quiet)
				fail_value(c, row, "CAST_INVALID_INPUT");
		}
	}
}

static void cast_struct(struct mdl_cast *c, const uint32_t *sel, size_t n)
{
	size_t size = 0;
	MDL_EACH(row, sel, n)
	{
		c->out->valid[row] = c->in->valid[mdl_row(c->in, row)];
		size = row + 1 > size ? row + 1 : size;
	}
	for (size_t f = 0; f < c->out->type->nfields; f++) {
		struct mdl_cast e = *c;
		e.in = c->in->child[f];
		e.out = mdl_vec_new(c->ctx->arena, c->out->type->fields[f].type, size + 1);
		mdl_buf_init(&e.text, MDL_BUF_NO_LIMIT);
		cast_any(&e, sel, n);
		mdl_buf_free(&e.text);
		c->out->child[f] = e.out;
	}
}

static void cast_any(struct mdl_cast *c, const uint32_t *sel, size_t n)
{
	enum mdl_kind f = c->in->type->kind, t = c->out->type->kind;
	if (f == MDL_T_NULL) {
		MDL_EACH(row, sel, n)
		c->out->valid[row] = 0;
	} else if (mdl_type_eq(c->in->type, c->out->type)) {
		MDL_EACH(row, sel, n)
		mdl_vec_copy(c->out, row, c->in, mdl_row(c->in, row));
	} else if (f == MDL_T_STRING && t != MDL_T_BINARY) {
		mdl_cast_from_string(c, sel, n);
	} else if (t == MDL_T_STRUCT) {
		cast_struct(c, sel, n);
	} else if (mdl_type_is_complex(c->out->type)) {
		cast_spans(c, sel, n);
	} else {
		MDL_EACH(row, sel, n)
		{
			c->out->valid[row] = c->in->valid[mdl_row(c->in, row)];
			if (c->out->valid[row])
				cast_row(c, row);
		}
	}
}

void mdl_cast_eval(struct mdl_fn_ctx *ctx, const struct mdl_vec *in, const uint32_t *sel, size_t n,
		   struct mdl_vec *out)
{
	const struct mdl_zone *zone = mdl_zone_find(mdl_slice_of(ctx->session->timezone));
	struct mdl_cast c = {
		.ctx = ctx,
		.in = in,
		.out = out,
		.zone = zone ? zone : mdl_zone_utc,
		.ansi = ctx->session->ansi || ctx->quiet, /* TRY_CAST has ANSI's rules in both modes */
	};
	mdl_buf_init(&c.text, MDL_BUF_NO_LIMIT);
	cast_any(&c, sel, n);
	mdl_buf_free(&c.text);
}
