/* SPDX-License-Identifier: MIT
 *
 * Arithmetic of intervals: see func_interval.h. Rules: Spark's intervalExpressions.scala
 * and DateTimeUtils.timestampAddDayTime.
 */
#include "sql/func_interval.h"

#include <math.h>

#include "base/timestamp.h"
#include "sql/decimal.h"
#include "sql/func_timetext.h"

/* ---- dates and timestamps ---- */

int64_t mdl_interval_resolve(const struct mdl_zone *z, int64_t from, int64_t local)
{
	int32_t offset = mdl_zone_offset(z, mdl_floor_div(from, MDL_US_SECOND), NULL);
	int64_t kept = local - offset * MDL_US_SECOND;
	if (mdl_zone_offset(z, mdl_floor_div(kept, MDL_US_SECOND), NULL) == offset)
		return kept;
	return mdl_zone_to_utc(z, local);
}

bool mdl_interval_move_months(int64_t t, int64_t months, const struct mdl_zone *z, int64_t *to)
{
	int64_t local = mdl_zone_to_local(z, t), days = mdl_floor_div(local, MDL_US_DAY), us;
	if (months > 12 * 600000 || months < -12 * 600000 ||
	    __builtin_mul_overflow(mdl_timestamp_add_months(days, months), MDL_US_DAY, &us) ||
	    __builtin_add_overflow(us, local - days * MDL_US_DAY, &us))
		return false;
	*to = mdl_interval_resolve(z, t, us);
	return true;
}

bool mdl_interval_move_days(int64_t t, int64_t days, int64_t us, const struct mdl_zone *z, int64_t *to)
{
	int64_t far;
	if (__builtin_mul_overflow(days, MDL_US_DAY, &far))
		return false;
	if (days != 0 && z != mdl_zone_utc) {
		int64_t local = mdl_zone_to_local(z, t);
		if (__builtin_add_overflow(local, far, &local))
			return false;
		return !__builtin_add_overflow(mdl_interval_resolve(z, t, local), us, to);
	}
	return !__builtin_add_overflow(far, us, &far) && !__builtin_add_overflow(t, far, to);
}

static void too_far(struct mdl_fn_ctx *ctx, struct mdl_vec *out, size_t row)
{
	mdl_fn_fail(ctx, out, row, "DATETIME_OVERFLOW", "Datetime operation overflow.");
}

static int resolve_move(struct mdl_call *call, struct mdl_err *err)
{
	(void)err;
	call->result = call->args[0];
	return 0;
}

static void move(struct mdl_fn_ctx *ctx, struct mdl_vec *const *args, const uint32_t *sel, size_t n,
		 struct mdl_vec *out, bool back)
{
	const struct mdl_zone *z = out->type->kind == MDL_T_TIMESTAMP ? mdl_timetext_zone(ctx) : mdl_zone_utc;
	bool months = args[1]->type->kind == MDL_T_INTERVAL_YM;
	MDL_EACH(row, sel, n)
	{
		int64_t t = mdl_arg_int(args, 0, row), k = mdl_arg_int(args, 1, row), *to = &out->i64[row];
		bool ok;
		if (back && __builtin_sub_overflow(0, k, &k)) {
			too_far(ctx, out, row);
			continue;
		}
		if (out->type->kind == MDL_T_DATE) {
			*to = months ? mdl_timestamp_add_months(t, k) : t + k / MDL_US_DAY;
			ok = *to >= INT32_MIN && *to <= INT32_MAX;
		} else if (months) {
			ok = mdl_interval_move_months(t, k, z, to);
		} else {
			ok = mdl_interval_move_days(t, k / MDL_US_DAY, k % MDL_US_DAY, z, to);
		}
		if (!ok && out->type->kind == MDL_T_DATE)
			mdl_fn_fail(ctx, out, row, "ARITHMETIC_OVERFLOW", "integer overflow");
		else if (!ok)
			too_far(ctx, out, row);
	}
}

static void f_plus(MDL_FN_PARAMS)
{
	(void)nargs;
	move(ctx, args, sel, n, out, false);
}

static void f_minus(MDL_FN_PARAMS)
{
	(void)nargs;
	move(ctx, args, sel, n, out, true);
}

static int resolve_between(struct mdl_call *call, struct mdl_err *err)
{
	(void)err;
	call->result = &mdl_type_interval_dt;
	return 0;
}

/* The time between two moments is that of their wall clocks. */
static void f_between(MDL_FN_PARAMS)
{
	(void)nargs;
	const struct mdl_zone *z =
		args[0]->type->kind == MDL_T_TIMESTAMP ? mdl_timetext_zone(ctx) : mdl_zone_utc;
	MDL_EACH(row, sel, n)
	{
		int64_t a = mdl_zone_to_local(z, mdl_arg_int(args, 0, row));
		int64_t b = mdl_zone_to_local(z, mdl_arg_int(args, 1, row));
		if (__builtin_sub_overflow(a, b, &out->i64[row]))
			mdl_fn_fail(ctx, out, row, "ARITHMETIC_OVERFLOW", "long overflow");
	}
}

/* ---- times and divided by a number ---- */

static int resolve_scale(struct mdl_call *call, struct mdl_err *err)
{
	(void)err;
	call->result =
		call->args[0]->kind == MDL_T_INTERVAL_DT ? &mdl_type_interval_dt : &mdl_type_interval_ym;
	return 0;
}

static bool fits(const struct mdl_vec *out, mdl_i128 v)
{
	return out->type->kind == MDL_T_INTERVAL_DT ? v >= INT64_MIN && v <= INT64_MAX
						    : v >= INT32_MIN && v <= INT32_MAX;
}

/* L / R, halves away from zero. */
static mdl_i128 divide_half_up(mdl_i128 l, mdl_i128 r)
{
	mdl_i128 q = l / r, rest = l % r;
	mdl_i128 a = rest < 0 ? -rest : rest, b = r < 0 ? -r : r;
	if (a >= b - a)
		q += (l < 0) == (r < 0) ? 1 : -1;
	return q;
}

/* What mdl_decimal_* give is exact to 18 places, and then rounded. */
static bool scale_decimal(int64_t l, const struct mdl_vec *by, size_t row, bool divide, mdl_i128 *v)
{
	mdl_i128 r = by->i128[mdl_row(by, row)], wide;
	const struct mdl_dec to = {38, 18};
	bool ok = divide ? mdl_decimal_div(l, 0, r, by->type->scale, to, &wide)
			 : mdl_decimal_mul(l, 0, r, by->type->scale, to, &wide);
	if (ok)
		*v = divide_half_up(wide, (mdl_i128)INT64_C(1000000000000000000));
	return ok;
}

static bool scale_double(int64_t l, double r, bool divide, mdl_i128 *v)
{
	double d = divide ? (double)l / r : (double)l * r;
	if (!(fabs(d) < 1e30))
		return false;
	*v = (mdl_i128)round(d);
	return true;
}

static void scale(struct mdl_fn_ctx *ctx, struct mdl_vec *const *args, const uint32_t *sel, size_t n,
		  struct mdl_vec *out, bool divide)
{
	const struct mdl_vec *by = args[1];
	MDL_EACH(row, sel, n)
	{
		int64_t l = mdl_arg_int(args, 0, row);
		size_t r = mdl_row(by, row);
		bool decimal = by->type->kind == MDL_T_DECIMAL, real = mdl_type_is_fractional(by->type);
		bool zero = decimal ? by->i128[r] == 0 : real ? by->f64[r] == 0 : by->i64[r] == 0, ok = true;
		mdl_i128 v = 0;
		if (divide && zero) {
			mdl_fn_fail(
				ctx, out, row, "INTERVAL_DIVIDED_BY_ZERO",
				"Division by zero. Use `try_divide` to tolerate divisor being 0 and return "
				"NULL instead.");
			continue;
		}
		if (decimal)
			ok = scale_decimal(l, by, row, divide, &v);
		else if (real)
			ok = scale_double(l, by->f64[r], divide, &v);
		else
			v = divide ? divide_half_up(l, by->i64[r]) : (mdl_i128)l * by->i64[r];
		if (ok && fits(out, v))
			out->i64[row] = (int64_t)v;
		else if (divide && !decimal && !real)
			mdl_fn_fail(ctx, out, row, "INTERVAL_ARITHMETIC_OVERFLOW.WITH_SUGGESTION",
				    "Integer overflow while operating with intervals. Use `try_divide` to "
				    "tolerate overflow and return NULL instead.");
		else
			mdl_fn_fail(ctx, out, row, "ARITHMETIC_OVERFLOW",
				    "Overflow while operating with intervals");
	}
}

static void f_times(MDL_FN_PARAMS)
{
	(void)nargs;
	scale(ctx, args, sel, n, out, false);
}

static void f_divided(MDL_FN_PARAMS)
{
	(void)nargs;
	scale(ctx, args, sel, n, out, true);
}

static int resolve_same(struct mdl_call *call, struct mdl_err *err)
{
	(void)err;
	call->result = call->args[0];
	return 0;
}

static void f_abs(MDL_FN_PARAMS)
{
	(void)nargs;
	MDL_EACH(row, sel, n)
	{
		int64_t v = mdl_arg_int(args, 0, row);
		if (v < 0 && (v == INT64_MIN || (out->type->kind == MDL_T_INTERVAL_YM && v == INT32_MIN)))
			mdl_fn_fail(ctx, out, row, "ARITHMETIC_OVERFLOW", "overflow");
		else
			out->i64[row] = v < 0 ? -v : v;
	}
}

static int resolve_sign(struct mdl_call *call, struct mdl_err *err)
{
	(void)err;
	call->result = &mdl_type_double;
	return 0;
}

static void f_sign(MDL_FN_PARAMS)
{
	MDL_FN_UNUSED;
	MDL_EACH(row, sel, n)
	out->f64[row] = (mdl_arg_int(args, 0, row) > 0) - (mdl_arg_int(args, 0, row) < 0);
}

enum { S = MDL_FN_STRICT, F = MDL_FN_CAN_FAIL, T = MDL_FN_TRY };

const struct mdl_fn mdl_func_interval[] = {
	{"plus interval", 2, 2, S | F, NULL, resolve_move, NULL, f_plus},
	{"minus interval", 2, 2, S | F, NULL, resolve_move, NULL, f_minus},
	{"try plus interval", 2, 2, S | F | T, NULL, resolve_move, NULL, f_plus},
	{"try minus interval", 2, 2, S | F | T, NULL, resolve_move, NULL, f_minus},
	{"time between", 2, 2, S | F, NULL, resolve_between, NULL, f_between},
	{"try time between", 2, 2, S | F | T, NULL, resolve_between, NULL, f_between},
	{"interval times", 2, 2, S | F, NULL, resolve_scale, NULL, f_times},
	{"try interval times", 2, 2, S | F | T, NULL, resolve_scale, NULL, f_times},
	{"interval divided", 2, 2, S | F, NULL, resolve_scale, NULL, f_divided},
	{"try interval divided", 2, 2, S | F | T, NULL, resolve_scale, NULL, f_divided},
	{"sign of an interval", 1, 1, S, NULL, resolve_sign, NULL, f_sign},
	{"abs of an interval", 1, 1, S | F, NULL, resolve_same, NULL, f_abs},
	{NULL, 0, 0, 0, NULL, NULL, NULL, NULL},
};
