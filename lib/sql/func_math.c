/* SPDX-License-Identifier: MIT
 *
 * Functions of numbers. Doubles are rounded by the digits that Java prints, as Spark
 * does it (BigDecimal(double) of Scala), not by their binary value.
 */
#include <math.h>
#include <stdlib.h>

#include "base/java_math.h"
#include "base/num.h"
#include "sql/coerce.h"
#include "sql/decimal.h"
#include "sql/func_text.h"

/* ---- of doubles ---- */

#define OF_DOUBLE(name, expression)                              \
	static void f_##name(MDL_FN_PARAMS)                      \
	{                                                        \
		MDL_FN_UNUSED;                                   \
		MDL_EACH(row, sel, n)                            \
		{                                                \
			double x = mdl_arg_double(args, 0, row); \
			out->f64[row] = (expression);            \
		}                                                \
	}

/* Logarithms of what is not positive are NULL. */
#define OF_POSITIVE(name, above, expression)                     \
	static void f_##name(MDL_FN_PARAMS)                      \
	{                                                        \
		MDL_FN_UNUSED;                                   \
		MDL_EACH(row, sel, n)                            \
		{                                                \
			double x = mdl_arg_double(args, 0, row); \
			if (x <= (above))                        \
				out->valid[row] = 0;             \
			else                                     \
				out->f64[row] = (expression);    \
		}                                                \
	}

OF_DOUBLE(sqrt, sqrt(x))
OF_DOUBLE(cbrt, mdl_java_math_cbrt(x))
OF_DOUBLE(exp, mdl_java_math_exp(x))
OF_DOUBLE(expm1, mdl_java_math_expm1(x))
OF_DOUBLE(sin, sin(x))
OF_DOUBLE(cos, cos(x))
OF_DOUBLE(tan, tan(x))
OF_DOUBLE(cot, 1 / tan(x))
OF_DOUBLE(sec, 1 / cos(x))
OF_DOUBLE(csc, 1 / sin(x))
OF_DOUBLE(asin, mdl_java_math_asin(x))
OF_DOUBLE(acos, mdl_java_math_acos(x))
OF_DOUBLE(atan, mdl_java_math_atan(x))
OF_DOUBLE(sinh, mdl_java_math_sinh(x))
OF_DOUBLE(cosh, mdl_java_math_cosh(x))
OF_DOUBLE(tanh, mdl_java_math_tanh(x))
/* Spark's own formulas, whatever they lose for negative and for small numbers. */
static double log_of_sum(double x, double one)
{
	/* beyond the root of the greatest double the square is infinite */
	if (fabs(x) >= 0x1.fffffffffffffp511)
		return copysign(mdl_java_math_log(fabs(x)) + M_LN2, x);
	return mdl_java_math_log(x + sqrt(x * x + one));
}

OF_DOUBLE(asinh, log_of_sum(x, 1))
OF_DOUBLE(acosh, x < 1 ? (double)NAN : log_of_sum(x, -1))
OF_DOUBLE(atanh, 0.5 * (mdl_java_math_log1p(x) - mdl_java_math_log1p(-x)))
OF_DOUBLE(degrees, x *(180.0 / M_PI))
OF_DOUBLE(radians, x * 0.017453292519943295)
OF_DOUBLE(rint, rint(x))
OF_DOUBLE(signum, x > 0 ? 1 : x < 0 ? -1 : x)
OF_POSITIVE(ln, 0, mdl_java_math_log(x))
OF_POSITIVE(log10, 0, mdl_java_math_log10(x))
OF_POSITIVE(log2, 0, mdl_java_math_log(x) / 0.6931471805599453)
OF_POSITIVE(log1p, -1, mdl_java_math_log1p(x))

static void f_log(MDL_FN_PARAMS)
{
	MDL_FN_UNUSED;
	MDL_EACH(row, sel, n)
	{
		double x = mdl_arg_double(args, 0, row), y = nargs > 1 ? mdl_arg_double(args, 1, row) : 0;
		if (x <= 0 || (nargs > 1 && y <= 0))
			out->valid[row] = 0;
		else
			out->f64[row] = nargs > 1 ? mdl_java_math_log(y) / mdl_java_math_log(x)
						  : mdl_java_math_log(x);
	}
}

static void f_pow(MDL_FN_PARAMS)
{
	MDL_FN_UNUSED;
	MDL_EACH(row, sel, n)
	{
		out->f64[row] = mdl_java_math_pow(mdl_arg_double(args, 0, row), mdl_arg_double(args, 1, row));
	}
}

static void f_atan2(MDL_FN_PARAMS)
{
	MDL_FN_UNUSED;
	MDL_EACH(row, sel, n)
	out->f64[row] =
		mdl_java_math_atan2(mdl_arg_double(args, 0, row) + 0.0, mdl_arg_double(args, 1, row) + 0.0);
}

static void f_hypot(MDL_FN_PARAMS)
{
	MDL_FN_UNUSED;
	MDL_EACH(row, sel, n)
	out->f64[row] = mdl_java_math_hypot(mdl_arg_double(args, 0, row), mdl_arg_double(args, 1, row));
}

static void f_pi(MDL_FN_PARAMS)
{
	MDL_FN_UNUSED;
	MDL_EACH(row, sel, n)
	out->f64[row] = M_PI;
}

static void f_e(MDL_FN_PARAMS)
{
	MDL_FN_UNUSED;
	MDL_EACH(row, sel, n)
	out->f64[row] = M_E;
}

static void f_isnan(MDL_FN_PARAMS)
{
	MDL_FN_UNUSED;
	MDL_EACH(row, sel, n)
	{
		out->valid[row] = 1;
		out->b8[row] = mdl_arg_valid(args, 0, row) && isnan(mdl_arg_double(args, 0, row));
	}
}

static void f_nanvl(MDL_FN_PARAMS)
{
	MDL_FN_UNUSED;
	MDL_EACH(row, sel, n)
	{
		out->valid[row] = mdl_arg_valid(args, 0, row);
		size_t k = out->valid[row] && isnan(mdl_arg_double(args, 0, row));
		if (k)
			out->valid[row] = mdl_arg_valid(args, 1, row);
		out->f64[row] = mdl_arg_double(args, k, row);
	}
}

/* ---- sign, least integers ---- */

static int64_t least_of(const struct mdl_type *t)
{
	static const int64_t least[] = {INT8_MIN, INT16_MIN, INT32_MIN, INT64_MIN};
	return least[t->kind - MDL_T_TINYINT];
}

static void overflow(struct mdl_fn_ctx *ctx, struct mdl_vec *out, size_t row)
{
	mdl_fn_fail(ctx, out, row, "ARITHMETIC_OVERFLOW",
		    "%s overflow. If necessary set \"spark.sql.ansi.enabled\" to \"false\" to "
		    "bypass this error.",
		    mdl_type_name(ctx->arena, out->type));
}

static int resolve_same(struct mdl_call *call, struct mdl_err *err)
{
	(void)err;
	call->result = call->args[0];
	return 0;
}

static void negate_decimal(struct mdl_fn_ctx *ctx, struct mdl_vec *out, size_t row, mdl_i128 v)
{
	if (!mdl_decimal_negate(v, out->type->precision, &out->i128[row]))
		mdl_fn_fail(ctx, out, row, "NUMERIC_VALUE_OUT_OF_RANGE.WITHOUT_SUGGESTION",
			    "The rounded value cannot be represented as Decimal(%u, %u).",
			    out->type->precision, out->type->scale);
}

static void f_abs(MDL_FN_PARAMS)
{
	MDL_FN_UNUSED;
	const struct mdl_vec *v = args[0];
	MDL_EACH(row, sel, n)
	{
		size_t r = mdl_row(v, row);
		if (v->type->kind == MDL_T_DECIMAL && v->i128[r] >= 0)
			out->i128[row] = v->i128[r];
		else if (v->type->kind == MDL_T_DECIMAL)
			negate_decimal(ctx, out, row, v->i128[r]);
		else if (mdl_type_is_fractional(v->type))
			out->f64[row] = fabs(v->f64[r]);
		else if (v->i64[r] == least_of(v->type) && ctx->session->ansi)
			overflow(ctx, out, row);
		else
			out->i64[row] =
				v->i64[r] < 0 && v->i64[r] != least_of(v->type) ? -v->i64[r] : v->i64[r];
	}
}

static void f_negative(MDL_FN_PARAMS)
{
	MDL_FN_UNUSED;
	const struct mdl_vec *v = args[0];
	MDL_EACH(row, sel, n)
	{
		size_t r = mdl_row(v, row);
		if (v->type->kind == MDL_T_DECIMAL)
			out->i128[row] = -v->i128[r];
		else if (mdl_type_is_fractional(v->type))
			out->f64[row] = -v->f64[r];
		else if (v->i64[r] == least_of(v->type) && ctx->session->ansi)
			overflow(ctx, out, row);
		else
			out->i64[row] = v->i64[r] == least_of(v->type) ? v->i64[r] : -v->i64[r];
	}
}

static void f_positive(MDL_FN_PARAMS)
{
	MDL_FN_UNUSED;
	MDL_EACH(row, sel, n)
	mdl_vec_copy(out, row, args[0], row);
}

/* ---- rounding ---- */

/* X rounded to PLACES decimals; by way of a decimal number, which has no negative zero. */
static double round_double(double x, int64_t places, char mode)
{
	if (!isfinite(x) || x == 0)
		return x + 0.0;
	int exp10;
	uint64_t digits = mdl_num_shortest(fabs(x), &exp10);
	int64_t drop = -(int64_t)exp10 - places;
	if (drop <= 0)
		return x;
	if (drop > 38 || places > 400 || places < -400)
		digits = (mode == 'c' && x > 0) || (mode == 'f' && x < 0);
	else {
		mdl_i128 d = mdl_decimal_pow10((unsigned)drop), q = (mdl_i128)digits / d,
			 rest = (mdl_i128)digits % d;
		bool up = mode == 'c'   ? rest && x > 0
			  : mode == 'f' ? rest && x < 0
					: rest * 2 > d || (rest * 2 == d && (mode == 'u' || (q & 1)));
		digits = (uint64_t)(q + up);
	}
	char t[64];
	size_t n = mdl_num_put_uint64(t, digits);
	t[n++] = 'e';
	n += mdl_num_put_int64(t + n, -places);
	double r = 0;
	mdl_num_parse_double((struct mdl_slice){t, n}, &r);
	return x < 0 && r != 0 ? -r : r;
}

/* round, bround, and ceil, floor with a scale: the constant scale decides the type. */
static int resolve_scale(struct mdl_call *call, struct mdl_err *err)
{
	const struct mdl_type *t = call->args[0];
	int64_t *places = mdl_arena_zalloc(call->arena, sizeof(*places));
	call->state = places;
	bool whole = call->nargs == 1 && (call->name[0] == 'c' || call->name[0] == 'f');
	if (call->nargs > 1) {
		call->args[1] = &mdl_type_int;
		bool edge = call->name[0] == 'c' || call->name[0] == 'f';
		if (edge && (!call->consts[1] || !call->consts[1]->valid[0] ||
			     !mdl_type_is_integral(call->consts[1]->type)))
			return mdl_err_set(
				err, MDL_TROUBLE,
				"[NON_FOLDABLE_ARGUMENT] The function `%s` requires the parameter `scale` "
				"to be a foldable expression of the type \"INT\", but the actual argument is a non-foldable.",
				call->name);
		if (!call->consts[1])
			return mdl_err_set(
				err, MDL_TROUBLE,
				"[DATATYPE_MISMATCH.NON_FOLDABLE_INPUT] the input `scale` of %s should be "
				"a foldable \"INT\" expression",
				call->name);
		if (call->consts[1]->valid[0] && mdl_type_is_integral(call->consts[1]->type))
			*places = call->consts[1]->i64[0];
	}
	if (!mdl_type_is_numeric(t))
		call->args[0] = t = &mdl_type_double;
	call->result = t;
	bool by_scale = call->nargs > 1 && (call->name[0] == 'c' || call->name[0] == 'f');
	if (whole && t->kind != MDL_T_DECIMAL) {
		call->result = &mdl_type_bigint;
		if (mdl_type_is_integral(t))
			call->args[0] = &mdl_type_bigint;
		return 0;
	}
	if (by_scale && t->kind != MDL_T_DECIMAL) { /* Spark computes these in decimals */
		static const uint8_t digits[] = {3, 5, 10, 20};
		t = t->kind == MDL_T_FLOAT    ? mdl_type_decimal(14, 7)
		    : t->kind == MDL_T_DOUBLE ? mdl_type_decimal(30, 15)
					      : mdl_type_decimal(digits[t->kind - MDL_T_TINYINT], 0);
		call->args[0] = t;
	}
	if (t->kind != MDL_T_DECIMAL || (whole && t->scale == 0))
		return 0;
	int64_t s = *places;
	int64_t p = (int64_t)t->precision - t->scale + 1;
	if (s < 0) {
		p = p > -s + 1 ? p : -s + 1;
		call->result = mdl_type_decimal((unsigned)(p < 38 ? p : 38), 0);
	} else {
		s = s < t->scale ? s : t->scale;
		p += s;
		call->result = mdl_type_decimal((unsigned)(p < 38 ? p : 38), (unsigned)s);
	}
	return 0;
}

static int64_t round_int(int64_t v, int64_t places, char mode, bool *over)
{
	mdl_i128 r = 0;
	*over = !mdl_decimal_round(v, 0, places < -40 ? -40 : (int)places, mode, (struct mdl_dec){38, 0}, &r);
	*over |= r < INT64_MIN || r > INT64_MAX;
	return (int64_t)r;
}

static void round_all(struct mdl_fn_ctx *ctx, struct mdl_vec *const *args, const uint32_t *sel, size_t n,
		      struct mdl_vec *out, char mode)
{
	const struct mdl_vec *v = args[0];
	int64_t places = ctx->state ? *(const int64_t *)ctx->state : 0;
	MDL_EACH(row, sel, n)
	{
		size_t r = mdl_row(v, row);
		if (v->type->kind == MDL_T_DECIMAL) {
			struct mdl_dec to = {out->type->precision, out->type->scale};
			int s = places > 38 ? 38 : places < -40 ? -40 : (int)places;
			if (!mdl_decimal_round(v->i128[r], v->type->scale, s, mode, to, &out->i128[row]))
				mdl_fn_fail(ctx, out, row, "NUMERIC_VALUE_OUT_OF_RANGE.WITHOUT_SUGGESTION",
					    "The rounded value cannot be represented as %s.",
					    mdl_type_name(ctx->arena, out->type));
		} else if (v->type->kind == MDL_T_FLOAT) {
			out->f64[row] = (double)(float)round_double(v->f64[r], places, mode);
		} else if (v->type->kind == MDL_T_DOUBLE) {
			out->f64[row] = round_double(v->f64[r], places, mode);
		} else if (places >= 0) {
			out->i64[row] = v->i64[r];
		} else {
			bool over;
			int64_t x = round_int(v->i64[r], places, mode, &over);
			over |= x < least_of(out->type) || x > ~least_of(out->type);
			if (over && ctx->session->ansi)
				overflow(ctx, out, row);
			else
				out->i64[row] = x;
		}
	}
}

static void f_round(MDL_FN_PARAMS)
{
	(void)nargs;
	round_all(ctx, args, sel, n, out, 'u');
}

static void f_bround(MDL_FN_PARAMS)
{
	(void)nargs;
	round_all(ctx, args, sel, n, out, 'e');
}

static void to_whole(MDL_FN_PARAMS, char mode)
{
	if (nargs > 1 || args[0]->type->kind == MDL_T_DECIMAL) {
		round_all(ctx, args, sel, n, out, mode);
		return;
	}
	const struct mdl_vec *v = args[0];
	MDL_EACH(row, sel, n)
	{
		size_t r = mdl_row(v, row);
		if (!mdl_type_is_fractional(v->type)) {
			out->i64[row] = v->i64[r];
			continue;
		}
		double x = mode == 'c' ? ceil(v->f64[r]) : floor(v->f64[r]);
		out->i64[row] = isnan(x) ? 0 : x >= 0x1p63 ? INT64_MAX : x < -0x1p63 ? INT64_MIN : (int64_t)x;
	}
}

static void f_ceil(MDL_FN_PARAMS)
{
	to_whole(ctx, args, nargs, sel, n, out, 'c');
}

static void f_floor(MDL_FN_PARAMS)
{
	to_whole(ctx, args, nargs, sel, n, out, 'f');
}

/* ---- remainders, bits ---- */

static int resolve_pmod(struct mdl_call *call, struct mdl_err *err)
{
	const struct mdl_type *a = call->args[0], *b = call->args[1];
	bool ansi = call->session->ansi;
	const struct mdl_type *t = mdl_coerce_common(a, b, ansi);
	if (t && t->kind == MDL_T_STRING)
		t = &mdl_type_double;
	if (t && t->kind == MDL_T_NULL)
		t = &mdl_type_int;
	if (!t || !mdl_type_is_numeric(t))
		return mdl_err_set(
			err, MDL_TROUBLE,
			"[DATATYPE_MISMATCH.BINARY_OP_%s] Cannot resolve \"pmod\" due to data type mismatch: "
			"it takes two numbers, not \"%s\" and \"%s\"",
			mdl_type_eq(a, b) ? "WRONG_TYPE" : "DIFF_TYPES", mdl_type_name(call->arena, a),
			mdl_type_name(call->arena, b));
	call->args[0] = call->args[1] = call->result = t;
	if (t->kind == MDL_T_DECIMAL) { /* as a remainder's */
		a = mdl_type_is_numeric(a) ? mdl_coerce_decimal(a) : t;
		b = mdl_type_is_numeric(b) ? mdl_coerce_decimal(b) : t;
		int i1 = a->precision - a->scale, i2 = b->precision - b->scale;
		int s = a->scale > b->scale ? a->scale : b->scale;
		call->result = mdl_coerce_adjust_decimal((i1 < i2 ? i1 : i2) + s, s);
	}
	call->can_fail = true;
	return 0;
}

static void f_pmod(MDL_FN_PARAMS)
{
	MDL_FN_UNUSED;
	const struct mdl_vec *a = args[0], *b = args[1];
	MDL_EACH(row, sel, n)
	{
		size_t x = mdl_row(a, row), y = mdl_row(b, row);
		bool zero = a->type->kind == MDL_T_DECIMAL    ? b->i128[y] == 0
			    : mdl_type_is_fractional(a->type) ? b->f64[y] == 0
							      : b->i64[y] == 0;
		if (zero) {
			if (ctx->session->ansi)
				mdl_fn_fail(
					ctx, out, row, "REMAINDER_BY_ZERO",
					"Remainder by zero. Use `try_mod` to tolerate divisor being 0 and return NULL instead.");
			else
				out->valid[row] = 0;
		} else if (a->type->kind == MDL_T_DECIMAL) {
			mdl_i128 d = b->i128[y], m = a->i128[x] % d;
			const struct mdl_dec to = {out->type->precision, out->type->scale};
			m = m < 0 ? (m + d) % d : m;
			if (mdl_decimal_rescale(m, a->type->scale, to, &out->i128[row]))
				continue;
			if (ctx->session->ansi)
				mdl_fn_fail(ctx, out, row, "NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION",
					    "The result cannot be represented as Decimal(%u, %u).", to.p,
					    to.s);
			else
				out->valid[row] = 0;
		} else if (mdl_type_is_fractional(a->type)) {
			double d = b->f64[y], m = fmod(a->f64[x], d);
			out->f64[row] = m < 0 ? fmod(m + d, d) : m;
		} else {
			int64_t d = b->i64[y], m = d == -1 ? 0 : a->i64[x] % d;
			/* The sum wraps, as Java's of an int or a long. */
			int64_t sum = (int64_t)((uint64_t)m + (uint64_t)d);
			sum = out->type->kind == MDL_T_BIGINT ? sum : (int32_t)sum;
			out->i64[row] = m < 0 ? sum % d : m;
		}
	}
}

static int resolve_bit_count(struct mdl_call *call, struct mdl_err *err)
{
	const struct mdl_type *t = call->args[0];
	call->result = &mdl_type_int;
	if (t->kind == MDL_T_NULL)
		call->args[0] = &mdl_type_int;
	else if (!mdl_type_is_integral(t) && t->kind != MDL_T_BOOLEAN)
		return mdl_err_set(
			err, MDL_TROUBLE,
			"[DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE] Cannot resolve \"bit_count\" due to data type mismatch: "
			"parameter 1 requires the (\"INTEGRAL\" or \"BOOLEAN\") type, however it has the type \"%s\"",
			mdl_type_name(call->arena, t));
	return 0;
}

static void f_bit_count(MDL_FN_PARAMS)
{
	MDL_FN_UNUSED;
	MDL_EACH(row, sel, n)
	{
		size_t r = mdl_row(args[0], row);
		out->i64[row] = args[0]->type->kind == MDL_T_BOOLEAN
					? args[0]->b8[r]
					: __builtin_popcountll((uint64_t)args[0]->i64[r]);
	}
}

static void f_bit_get(MDL_FN_PARAMS)
{
	MDL_FN_UNUSED;
	static const int bits[] = {8, 16, 32, 64};
	int width = bits[args[0]->type->kind - MDL_T_TINYINT];
	MDL_EACH(row, sel, n)
	{
		int64_t k = mdl_arg_int(args, 1, row);
		if (k < 0 || k >= width)
			mdl_fn_fail(
				ctx, out, row, "INVALID_PARAMETER_VALUE.BIT_POSITION_RANGE",
				"The value of parameter(s) `pos` in `getbit` is invalid: expects an integer value in [0, %d), but "
				"got %lld.",
				width, (long long)k);
		else
			out->i64[row] = (mdl_arg_int(args, 0, row) >> k) & 1;
	}
}

static void shift(struct mdl_vec *const *args, const uint32_t *sel, size_t n, struct mdl_vec *out, char how)
{
	bool is_long = args[0]->type->kind == MDL_T_BIGINT;
	MDL_EACH(row, sel, n)
	{
		int64_t v = mdl_arg_int(args, 0, row), r;
		int k = (int)(mdl_arg_int(args, 1, row) & (is_long ? 63 : 31));
		uint64_t u = is_long ? (uint64_t)v : (uint32_t)v;
		r = how == 'l' ? (int64_t)(u << k) : how == 'r' ? v >> k : (int64_t)(u >> k);
		out->i64[row] = is_long ? r : (int32_t)r;
	}
}

static void f_shiftleft(MDL_FN_PARAMS)
{
	MDL_FN_UNUSED;
	shift(args, sel, n, out, 'l');
}

static void f_shiftright(MDL_FN_PARAMS)
{
	MDL_FN_UNUSED;
	shift(args, sel, n, out, 'r');
}

static void f_shiftrightunsigned(MDL_FN_PARAMS)
{
	MDL_FN_UNUSED;
	shift(args, sel, n, out, 'u');
}

static int resolve_shift(struct mdl_call *call, struct mdl_err *err)
{
	(void)err;
	call->args[0] = call->args[0]->kind == MDL_T_BIGINT ? &mdl_type_bigint : &mdl_type_int;
	call->args[1] = &mdl_type_int;
	call->result = call->args[0];
	return 0;
}

static void f_factorial(MDL_FN_PARAMS)
{
	MDL_FN_UNUSED;
	MDL_EACH(row, sel, n)
	{
		int64_t k = mdl_arg_int(args, 0, row);
		if (k < 0 || k > 20) {
			out->valid[row] = 0;
			continue;
		}
		for (out->i64[row] = 1; k > 1; k--)
			out->i64[row] *= k;
	}
}

/* ---- bases ---- */

static void f_bin(MDL_FN_PARAMS)
{
	(void)nargs;
	MDL_EACH(row, sel, n)
	{
		uint64_t v = (uint64_t)mdl_arg_int(args, 0, row);
		size_t k = v ? (size_t)(64 - __builtin_clzll(v)) : 1;
		char *p = mdl_arena_alloc(ctx->arena, k);
		for (size_t i = 0; i < k; i++)
			p[i] = (char)('0' + ((v >> (k - 1 - i)) & 1));
		out->str[row] = (struct mdl_slice){p, k};
	}
}

static void f_conv(MDL_FN_PARAMS)
{
	(void)nargs;
	MDL_EACH(row, sel, n)
	{
		struct mdl_slice s = mdl_arg_str(args, 0, row);
		int64_t from = mdl_arg_int(args, 1, row), to = mdl_arg_int(args, 2, row);
		while (s.n && s.p[0] == ' ') {
			s.p++;
			s.n--;
		}
		if (s.n == 0 || from < 2 || from > 36 || llabs(to) < 2 || llabs(to) > 36) {
			out->valid[row] = 0;
			continue;
		}
		bool neg = s.p[0] == '-', over = false;
		uint64_t v = 0;
		for (size_t i = neg; i < s.n; i++) {
			int c = s.p[i], d = c >= '0' && c <= '9'                     ? c - '0'
					    : (c | 0x20) >= 'a' && (c | 0x20) <= 'z' ? (c | 0x20) - 'a' + 10
										     : 99;
			if (d >= from)
				break;
			over |= __builtin_mul_overflow(v, (uint64_t)from, &v) ||
				__builtin_add_overflow(v, (uint64_t)d, &v);
		}
		if (over && ctx->session->ansi) {
			mdl_fn_fail(ctx, out, row, "ARITHMETIC_OVERFLOW",
				    "Overflow in function conv(). If necessary set "
				    "\"spark.sql.ansi.enabled\" to \"false\" to bypass this error.");
			continue;
		}
		if (over)
			v = UINT64_MAX;
		if (neg && to > 0)
			v = over || v > (uint64_t)INT64_MAX ? UINT64_MAX : 0 - v;
		bool minus = to < 0 && (neg || (int64_t)v < 0);
		if (to < 0 && !neg && (int64_t)v < 0)
			v = 0 - v;
		uint64_t base = (uint64_t)llabs(to);
		char *p = mdl_arena_alloc(ctx->arena, 72);
		size_t at = 72;
		do {
			p[--at] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[v % base];
			v /= base;
		} while (v);
		if (minus)
			p[--at] = '-';
		out->str[row] = (struct mdl_slice){p + at, 72 - at};
	}
}

/* Of numbers, or of intervals of one kind. */
static int resolve_width_bucket(struct mdl_call *call, struct mdl_err *err)
{
	enum mdl_kind k = call->args[0]->kind;
	bool interval = k == MDL_T_INTERVAL_DT || k == MDL_T_INTERVAL_YM;
	for (size_t i = 0; i < 3; i++) {
		const struct mdl_type *t = call->args[i];
		if (interval ? t->kind != k : !mdl_coerce_implicit(t, &mdl_type_double, call->session->ansi))
			return mdl_err_set(
				err, MDL_TROUBLE,
				"[DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE] Cannot resolve \"width_bucket\" due to "
				"data type mismatch: parameter %zu has the type \"%s\"",
				i + 1, mdl_type_name(call->arena, t));
		if (!interval)
			call->args[i] = &mdl_type_double;
	}
	call->args[3] = call->result = &mdl_type_bigint;
	return 0;
}

static double width_of(struct mdl_vec *const *args, size_t i, size_t row)
{
	return mdl_type_is_fractional(args[i]->type) ? mdl_arg_double(args, i, row)
						     : (double)mdl_arg_int(args, i, row);
}

static void f_width_bucket(MDL_FN_PARAMS)
{
	MDL_FN_UNUSED;
	MDL_EACH(row, sel, n)
	{
		double v = width_of(args, 0, row), lo = width_of(args, 1, row), hi = width_of(args, 2, row);
		int64_t k = mdl_arg_int(args, 3, row);
		if (k <= 0 || k == INT64_MAX || isnan(v) || !isfinite(lo) || !isfinite(hi) || lo == hi) {
			out->valid[row] = 0;
			continue;
		}
		bool up = lo < hi;
		if (up ? v < lo : v > lo)
			out->i64[row] = 0;
		else if (up ? v >= hi : v <= hi)
			out->i64[row] = k + 1;
		else
			out->i64[row] =
				(int64_t)((double)k * (up ? v - lo : lo - v) / (up ? hi - lo : lo - hi)) + 1;
	}
}

enum { S = MDL_FN_STRICT, F = MDL_FN_CAN_FAIL };
#define D1(name, f)                                           \
	{                                                     \
		name, 1, 1, S, "DOUBLE:DOUBLE", NULL, NULL, f \
	}

const struct mdl_fn mdl_func_math[] = {
	D1("sqrt", f_sqrt),
	D1("cbrt", f_cbrt),
	D1("exp", f_exp),
	D1("expm1", f_expm1),
	D1("sin", f_sin),
	D1("cos", f_cos),
	D1("tan", f_tan),
	D1("cot", f_cot),
	D1("sec", f_sec),
	D1("csc", f_csc),
	D1("asin", f_asin),
	D1("acos", f_acos),
	D1("atan", f_atan),
	D1("sinh", f_sinh),
	D1("cosh", f_cosh),
	D1("tanh", f_tanh),
	D1("asinh", f_asinh),
	D1("acosh", f_acosh),
	D1("atanh", f_atanh),
	D1("degrees", f_degrees),
	D1("radians", f_radians),
	D1("rint", f_rint),
	D1("sign", f_signum),
	D1("signum", f_signum),
	D1("ln", f_ln),
	D1("log10", f_log10),
	D1("log2", f_log2),
	D1("log1p", f_log1p),
	{"log", 1, 2, S, "DOUBLE,DOUBLE:DOUBLE", NULL, NULL, f_log},
	{"pow", 2, 2, S, "DOUBLE,DOUBLE:DOUBLE", NULL, NULL, f_pow},
	{"power", 2, 2, S, "DOUBLE,DOUBLE:DOUBLE", NULL, NULL, f_pow},
	{"atan2", 2, 2, S, "DOUBLE,DOUBLE:DOUBLE", NULL, NULL, f_atan2},
	{"hypot", 2, 2, S, "DOUBLE,DOUBLE:DOUBLE", NULL, NULL, f_hypot},
	{"pi", 0, 0, S, ":DOUBLE", NULL, NULL, f_pi},
	{"e", 0, 0, S, ":DOUBLE", NULL, NULL, f_e},
	{"isnan", 1, 1, 0, "DOUBLE:BOOLEAN", NULL, NULL, f_isnan},
	{"nanvl", 2, 2, 0, "DOUBLE,DOUBLE:DOUBLE", NULL, NULL, f_nanvl},
	{"abs", 1, 1, S | F, "NUMERIC:ARG1", resolve_same, NULL, f_abs},
	{"negative", 1, 1, S | F, "NUMERIC:ARG1", resolve_same, NULL, f_negative},
	{"positive", 1, 1, S, "NUMERIC:ARG1", resolve_same, NULL, f_positive},
	{"round", 1, 2, S | F, NULL, resolve_scale, NULL, f_round},
	{"bround", 1, 2, S | F, NULL, resolve_scale, NULL, f_bround},
	{"ceil", 1, 2, S | F, NULL, resolve_scale, NULL, f_ceil},
	{"ceiling", 1, 2, S | F, NULL, resolve_scale, NULL, f_ceil},
	{"floor", 1, 2, S | F, NULL, resolve_scale, NULL, f_floor},
	{"pmod", 2, 2, S | F, NULL, resolve_pmod, NULL, f_pmod},
	{"bit_count", 1, 1, S, NULL, resolve_bit_count, NULL, f_bit_count},
	{"bit_get", 2, 2, S | F, "INTEGRAL,INT:TINYINT", NULL, NULL, f_bit_get},
	{"getbit", 2, 2, S | F, "INTEGRAL,INT:TINYINT", NULL, NULL, f_bit_get},
	{"shiftleft", 2, 2, S, NULL, resolve_shift, NULL, f_shiftleft},
	{"shiftright", 2, 2, S, NULL, resolve_shift, NULL, f_shiftright},
	{"shiftrightunsigned", 2, 2, S, NULL, resolve_shift, NULL, f_shiftrightunsigned},
	{"factorial", 1, 1, S, "INT:BIGINT", NULL, NULL, f_factorial},
	{"bin", 1, 1, S, "BIGINT:STRING", NULL, NULL, f_bin},
	{"conv", 3, 3, S | F, "STRING,INT,INT:STRING", NULL, NULL, f_conv},
	{"width_bucket", 4, 4, S, NULL, resolve_width_bucket, NULL, f_width_bucket},
	{NULL, 0, 0, 0, NULL, NULL, NULL, NULL},
};
