/* SPDX-License-Identifier: MIT
 *
 * Functions and operators of the type INTERVAL: make_interval, sums, products, and
 * moments that are moved by one. Rules: Spark's intervalExpressions.scala, IntervalUtils.
 * Operators are calls whose names have a space, so that no one can write them.
 */
#include <math.h>

#include "base/timestamp.h"
#include "sql/calendar.h"
#include "sql/func_interval.h"
#include "sql/func_timetext.h"

static struct mdl_interval calendar_at(struct mdl_vec *const *args, size_t i, size_t row)
{
	return mdl_calendar_unpack(args[i]->i128[mdl_row(args[i], row)]);
}

static void overflow(struct mdl_fn_ctx *ctx, struct mdl_vec *out, size_t row)
{
	mdl_fn_fail(ctx, out, row, "ARITHMETIC_OVERFLOW", "integer overflow");
}

/* ---- from numbers ---- */

static int resolve_make(struct mdl_call *call, struct mdl_err *err)
{
	(void)err;
	for (size_t i = 0; i < call->nargs; i++)
		call->args[i] = i == 6 ? mdl_type_decimal(18, 6) : &mdl_type_int;
	call->result = &mdl_type_interval_all;
	return 0;
}

/* BIG * SIZE + SMALL in 32 bits, each step of which must fit. */
static bool fold(int64_t big, int32_t size, int64_t small, int64_t *v)
{
	int32_t sum;
	if (__builtin_mul_overflow((int32_t)big, size, &sum) ||
	    __builtin_add_overflow((int32_t)small, sum, &sum))
		return false;
	*v = sum;
	return true;
}

static void f_make(MDL_FN_PARAMS)
{
	MDL_EACH(row, sel, n)
	{
		int64_t v[6] = {0};
		struct mdl_interval c;
		c.us = nargs > 6 ? (int64_t)args[6]->i128[mdl_row(args[6], row)] : 0;
		for (size_t i = 0; i < nargs && i < 6; i++)
			v[i] = mdl_arg_int(args, i, row);
		if (fold(v[0], 12, v[1], &c.months) && fold(v[2], 7, v[3], &c.days) &&
		    !__builtin_add_overflow(c.us, v[4] * MDL_US_HOUR, &c.us) &&
		    !__builtin_add_overflow(c.us, v[5] * MDL_US_MINUTE, &c.us))
			out->i128[row] = mdl_calendar_pack(c);
		else if (!ctx->session->ansi)
			out->valid[row] = 0;
		else
			overflow(ctx, out, row);
	}
}

/* ---- with one another ---- */

static int resolve_calendar(struct mdl_call *call, struct mdl_err *err)
{
	(void)err;
	call->result = &mdl_type_interval_all;
	return 0;
}

/* A + SIGN * B; without ANSI each part wraps. */
static void put_sum(struct mdl_fn_ctx *ctx, struct mdl_vec *out, size_t row, struct mdl_interval a,
		    struct mdl_interval b, int sign)
{
	struct mdl_interval c = {a.months + sign * b.months, a.days + sign * b.days, 0};
	bool over = c.months != (int32_t)c.months || c.days != (int32_t)c.days;
	over |= sign > 0 ? __builtin_add_overflow(a.us, b.us, &c.us)
			 : __builtin_sub_overflow(a.us, b.us, &c.us);
	if (over && (ctx->session->ansi || ctx->quiet))
		overflow(ctx, out, row);
	else
		out->i128[row] = mdl_calendar_pack(c);
}

static void f_add(MDL_FN_PARAMS)
{
	(void)nargs;
	MDL_EACH(row, sel, n)
	put_sum(ctx, out, row, calendar_at(args, 0, row), calendar_at(args, 1, row), 1);
}

static void f_subtract(MDL_FN_PARAMS)
{
	(void)nargs;
	MDL_EACH(row, sel, n)
	put_sum(ctx, out, row, calendar_at(args, 0, row), calendar_at(args, 1, row), -1);
}

static void f_negate(MDL_FN_PARAMS)
{
	(void)nargs;
	MDL_EACH(row, sel, n)
	put_sum(ctx, out, row, (struct mdl_interval){0, 0, 0}, calendar_at(args, 0, row), -1);
}

/* ---- times and divided by a number ---- */

static int resolve_scale(struct mdl_call *call, struct mdl_err *err)
{
	(void)err;
	call->args[1] = &mdl_type_double;
	call->result = &mdl_type_interval_all;
	return 0;
}

/* Java's (int) and (long) of a double: NaN is 0, what is too great the limit. */
static int64_t saturate(double v, int64_t least, int64_t most)
{
	if (isnan(v))
		return 0;
	return v >= (double)most ? most : v <= (double)least ? least : (int64_t)v;
}

/* Months and days are cut; the part of a day that is cut off becomes time. */
static void put_scaled(struct mdl_fn_ctx *ctx, struct mdl_vec *out, size_t row, double months, double days,
		       double us)
{
	bool exact = ctx->session->ansi || ctx->quiet;
	int64_t least = exact ? INT64_MIN : INT32_MIN, most = exact ? INT64_MAX : INT32_MAX;
	struct mdl_interval c = {saturate(months, least, most), saturate(days, least, most), 0};
	if (c.months != (int32_t)c.months || c.days != (int32_t)c.days) {
		overflow(ctx, out, row);
		return;
	}
	us += (double)MDL_US_DAY * (days - (double)c.days);
	c.us = saturate(floor(us + 0.5), INT64_MIN, INT64_MAX);
	out->i128[row] = mdl_calendar_pack(c);
}

static void f_times(MDL_FN_PARAMS)
{
	(void)nargs;
	MDL_EACH(row, sel, n)
	{
		struct mdl_interval c = calendar_at(args, 0, row);
		double by = mdl_arg_double(args, 1, row);
		put_scaled(ctx, out, row, by * (double)c.months, by * (double)c.days, by * (double)c.us);
	}
}

static void f_divided(MDL_FN_PARAMS)
{
	(void)nargs;
	MDL_EACH(row, sel, n)
	{
		struct mdl_interval c = calendar_at(args, 0, row);
		double by = mdl_arg_double(args, 1, row);
		if (by != 0)
			put_scaled(ctx, out, row, (double)c.months / by, (double)c.days / by,
				   (double)c.us / by);
		else if (!ctx->session->ansi)
			out->valid[row] = 0;
		else
			mdl_fn_fail(
				ctx, out, row, "INTERVAL_DIVIDED_BY_ZERO",
				"Division by zero. Use `try_divide` to tolerate divisor being 0 and return "
				"NULL instead.");
	}
}

/* ---- a moment and an interval ---- */

static int resolve_move(struct mdl_call *call, struct mdl_err *err)
{
	(void)err;
	call->result = call->args[0];
	return 0;
}

static void move_date(struct mdl_fn_ctx *ctx, struct mdl_vec *out, size_t row, int64_t t,
		      struct mdl_interval c)
{
	const struct mdl_zone *z = mdl_timetext_zone(ctx);
	int64_t us, *to = &out->i64[row];
	bool ok = true;
	if (c.us && (ctx->session->ansi || ctx->quiet)) {
		mdl_fn_fail(
			ctx, out, row, "INVALID_INTERVAL_WITH_MICROSECONDS_ADDITION",
			"Cannot add an interval to a date because its microseconds part is not 0. To resolve this, "
			"cast the input date to a timestamp, which supports the addition of intervals with "
			"non-zero microseconds.");
		return;
	}
	if (c.us) { /* by way of midnight in the session's zone */
		ok = !__builtin_mul_overflow(t, MDL_US_DAY, &us) &&
		     mdl_calendar_move(mdl_zone_to_utc(z, us), c, z, &us);
		*to = ok ? mdl_floor_div(mdl_zone_to_local(z, us), MDL_US_DAY) : 0;
	} else {
		*to = mdl_timestamp_add_months(t, c.months) + c.days;
	}
	if (!ok || *to < INT32_MIN || *to > INT32_MAX)
		overflow(ctx, out, row);
}

static void move(struct mdl_fn_ctx *ctx, struct mdl_vec *const *args, const uint32_t *sel, size_t n,
		 struct mdl_vec *out, int sign)
{
	const struct mdl_zone *z = out->type->kind == MDL_T_TIMESTAMP ? mdl_timetext_zone(ctx) : mdl_zone_utc;
	MDL_EACH(row, sel, n)
	{
		struct mdl_interval c = calendar_at(args, 1, row);
		int64_t t = mdl_arg_int(args, 0, row), none;
		if (sign < 0 && __builtin_sub_overflow(0, c.us, &none)) {
			overflow(ctx, out, row);
			continue;
		}
		c = (struct mdl_interval){sign * c.months, sign * c.days, sign * c.us};
		if (out->type->kind == MDL_T_DATE)
			move_date(ctx, out, row, t, c);
		else if (!mdl_calendar_move(t, c, z, &out->i64[row]))
			mdl_fn_fail(ctx, out, row, "DATETIME_OVERFLOW", "Datetime operation overflow.");
	}
}

static void f_plus(MDL_FN_PARAMS)
{
	(void)nargs;
	move(ctx, args, sel, n, out, 1);
}

static void f_minus(MDL_FN_PARAMS)
{
	(void)nargs;
	move(ctx, args, sel, n, out, -1);
}

enum { S = MDL_FN_STRICT, F = MDL_FN_CAN_FAIL, T = MDL_FN_TRY };

const struct mdl_fn mdl_func_calendar[] = {
	{"make_interval", 0, 7, S | F, NULL, resolve_make, NULL, f_make},
	{"try_make_interval", 0, 7, S | F | T, NULL, resolve_make, NULL, f_make},
	{"plus calendar", 2, 2, S | F, NULL, resolve_move, NULL, f_plus},
	{"minus calendar", 2, 2, S | F, NULL, resolve_move, NULL, f_minus},
	{"try plus calendar", 2, 2, S | F | T, NULL, resolve_move, NULL, f_plus},
	{"try minus calendar", 2, 2, S | F | T, NULL, resolve_move, NULL, f_minus},
	{"calendar plus", 2, 2, S | F, NULL, resolve_calendar, NULL, f_add},
	{"calendar minus", 2, 2, S | F, NULL, resolve_calendar, NULL, f_subtract},
	{"try calendar plus", 2, 2, S | F | T, NULL, resolve_calendar, NULL, f_add},
	{"try calendar minus", 2, 2, S | F | T, NULL, resolve_calendar, NULL, f_subtract},
	{"negative calendar", 1, 1, S | F, NULL, resolve_calendar, NULL, f_negate},
	{"calendar times", 2, 2, S | F, NULL, resolve_scale, NULL, f_times},
	{"try calendar times", 2, 2, S | F | T, NULL, resolve_scale, NULL, f_times},
	{"calendar divided", 2, 2, S | F, NULL, resolve_scale, NULL, f_divided},
	{"try calendar divided", 2, 2, S | F | T, NULL, resolve_scale, NULL, f_divided},
	{NULL, 0, 0, 0, NULL, NULL, NULL, NULL},
};
