/* SPDX-License-Identifier: MIT
 *
 * Functions of dates and timestamps: their fields and arithmetic. Those that read and
 * write text by patterns are in func_timetext.c.
 */
#include <math.h>
#include <string.h>
#include <strings.h>

#include "base/timestamp.h"
#include "sql/decimal.h"
#include "sql/func_interval.h"
#include "sql/func_text.h"
#include "sql/func_timetext.h"

const struct mdl_zone *mdl_timetext_zone(const struct mdl_fn_ctx *ctx)
{
	const struct mdl_zone *z = mdl_zone_find(mdl_slice_of(ctx->session->timezone));
	return z ? z : mdl_zone_utc;
}

static void overflow(struct mdl_fn_ctx *ctx, struct mdl_vec *out, size_t row)
{
	mdl_fn_fail(ctx, out, row, "DATETIME_OVERFLOW", "Datetime operation overflow.");
}

/* ---- now ---- */

static void f_now(MDL_FN_PARAMS)
{
	MDL_FN_UNUSED;
	MDL_EACH(row, sel, n)
	out->i64[row] = ctx->session->now_us;
}

static void f_local_now(MDL_FN_PARAMS)
{
	MDL_FN_UNUSED;
	int64_t t = mdl_zone_to_local(mdl_timetext_zone(ctx), ctx->session->now_us);
	MDL_EACH(row, sel, n)
	out->i64[row] = t;
}

static void f_today(MDL_FN_PARAMS)
{
	MDL_FN_UNUSED;
	int64_t t = mdl_zone_to_local(mdl_timetext_zone(ctx), ctx->session->now_us);
	MDL_EACH(row, sel, n)
	out->i64[row] = mdl_floor_div(t, MDL_US_DAY);
}

static void f_timezone(MDL_FN_PARAMS)
{
	MDL_FN_UNUSED;
	MDL_EACH(row, sel, n)
	out->str[row] = mdl_slice_of(ctx->session->timezone);
}

/* ---- numbers and timestamps ---- */

static void multiply(struct mdl_fn_ctx *ctx, struct mdl_vec *const *args, const uint32_t *sel, size_t n,
		     struct mdl_vec *out, int64_t by)
{
	MDL_EACH(row, sel, n)
	if (__builtin_mul_overflow(mdl_arg_int(args, 0, row), by, &out->i64[row]))
		mdl_fn_fail(ctx, out, row, "ARITHMETIC_OVERFLOW",
			    "long overflow. If necessary set \"spark.sql.ansi.enabled\" to "
			    "\"false\" to bypass this error.");
}

static void f_timestamp_seconds(MDL_FN_PARAMS)
{
	MDL_FN_UNUSED;
	const struct mdl_vec *v = args[0];
	if (mdl_type_is_integral(v->type)) {
		multiply(ctx, args, sel, n, out, MDL_US_SECOND);
		return;
	}
	MDL_EACH(row, sel, n)
	{
		size_t r = mdl_row(v, row);
		if (v->type->kind == MDL_T_DECIMAL) {
			mdl_i128 us;
			struct mdl_dec to = {38, 6};
			/* More than microseconds are refused and not rounded. */
			if (!mdl_decimal_round(v->i128[r], v->type->scale, 6, 't', to, &us) ||
			    us > INT64_MAX || us < INT64_MIN ||
			    mdl_decimal_cmp(us, 6, v->i128[r], v->type->scale) != 0)
				overflow(ctx, out, row);
			else
				out->i64[row] = (int64_t)us;
		} else if (!isfinite(v->f64[r])) {
			out->valid[row] = 0;
		} else {
			double us = v->f64[r] * 1e6;
			out->i64[row] = us >= 0x1p63 ? INT64_MAX : us < -0x1p63 ? INT64_MIN : (int64_t)us;
		}
	}
}

static void f_timestamp_millis(MDL_FN_PARAMS)
{
	MDL_FN_UNUSED;
	multiply(ctx, args, sel, n, out, 1000);
}

static void f_same_int(MDL_FN_PARAMS)
{
	MDL_FN_UNUSED;
	MDL_EACH(row, sel, n)
	out->i64[row] = mdl_arg_int(args, 0, row);
}

static void f_unix_seconds(MDL_FN_PARAMS)
{
	MDL_FN_UNUSED;
	MDL_EACH(row, sel, n)
	out->i64[row] = mdl_floor_div(mdl_arg_int(args, 0, row), MDL_US_SECOND);
}

static void f_unix_millis(MDL_FN_PARAMS)
{
	MDL_FN_UNUSED;
	MDL_EACH(row, sel, n)
	out->i64[row] = mdl_floor_div(mdl_arg_int(args, 0, row), 1000);
}

/* ---- fields ---- */

#define DATE_FIELD(name, expression)                              \
	static void f_##name(MDL_FN_PARAMS)                       \
	{                                                         \
		MDL_FN_UNUSED;                                    \
		MDL_EACH(row, sel, n)                             \
		{                                                 \
			int64_t days = mdl_arg_int(args, 0, row); \
			struct mdl_civil c;                       \
			mdl_timestamp_date_fields(days, &c);      \
			out->i64[row] = (expression);             \
		}                                                 \
	}

DATE_FIELD(year, c.year)
DATE_FIELD(quarter, (c.month + 2) / 3)
DATE_FIELD(month, c.month)
DATE_FIELD(day, c.day)
DATE_FIELD(dayofweek, mdl_timestamp_weekday(days) % 7 + 1)
DATE_FIELD(weekday, mdl_timestamp_weekday(days) - 1)
DATE_FIELD(dayofyear, mdl_timestamp_day_of_year(days))
DATE_FIELD(weekofyear, mdl_timestamp_iso_week(days, NULL))
DATE_FIELD(last_day, days - c.day + mdl_timestamp_month_days(c.year, c.month))

static int resolve_clock(struct mdl_call *call, struct mdl_err *err)
{
	(void)err;
	if (call->args[0]->kind != MDL_T_TIMESTAMP_NTZ && call->args[0]->kind != MDL_T_TIME)
		call->args[0] = &mdl_type_timestamp;
	call->result = &mdl_type_int;
	return 0;
}

static int64_t local_of(const struct mdl_vec *v, size_t row, const struct mdl_zone *z)
{
	int64_t t = v->i64[mdl_row(v, row)];
	return v->type->kind == MDL_T_TIMESTAMP ? mdl_zone_to_local(z, t) : t;
}

static void clock_field(struct mdl_fn_ctx *ctx, struct mdl_vec *const *args, const uint32_t *sel, size_t n,
			struct mdl_vec *out, int64_t unit, int64_t modulus)
{
	const struct mdl_zone *z = mdl_timetext_zone(ctx);
	MDL_EACH(row, sel, n)
	out->i64[row] = mdl_floor_mod(mdl_floor_div(local_of(args[0], row, z), unit), modulus);
}

static void f_hour(MDL_FN_PARAMS)
{
	MDL_FN_UNUSED;
	clock_field(ctx, args, sel, n, out, MDL_US_HOUR, 24);
}

static void f_minute(MDL_FN_PARAMS)
{
	MDL_FN_UNUSED;
	clock_field(ctx, args, sel, n, out, MDL_US_MINUTE, 60);
}

static void f_second(MDL_FN_PARAMS)
{
	MDL_FN_UNUSED;
	clock_field(ctx, args, sel, n, out, MDL_US_SECOND, 60);
}

static void f_dayname(MDL_FN_PARAMS)
{
	MDL_FN_UNUSED;
	MDL_EACH(row, sel, n)
	out->str[row] = (struct mdl_slice){
		"MonTueWedThuFriSatSun" + 3 * (mdl_timestamp_weekday(mdl_arg_int(args, 0, row)) - 1), 3};
}

static void f_monthname(MDL_FN_PARAMS)
{
	MDL_FN_UNUSED;
	MDL_EACH(row, sel, n)
	{
		struct mdl_civil c;
		mdl_timestamp_date_fields(mdl_arg_int(args, 0, row), &c);
		out->str[row] =
			(struct mdl_slice){"JanFebMarAprMayJunJulAugSepOctNovDec" + 3 * (c.month - 1), 3};
	}
}

/* ---- arithmetic of dates ---- */

static void store_day(struct mdl_fn_ctx *ctx, struct mdl_vec *out, size_t row, int64_t days)
{
	if (days < INT32_MIN || days > INT32_MAX)
		overflow(ctx, out, row);
	else
		out->i64[row] = days;
}

static void f_date_add(MDL_FN_PARAMS)
{
	MDL_FN_UNUSED;
	MDL_EACH(row, sel, n)
	out->i64[row] = (int32_t)(mdl_arg_int(args, 0, row) + mdl_arg_int(args, 1, row));
}

static void f_date_sub(MDL_FN_PARAMS)
{
	MDL_FN_UNUSED;
	MDL_EACH(row, sel, n)
	out->i64[row] = (int32_t)(mdl_arg_int(args, 0, row) - mdl_arg_int(args, 1, row));
}

static void f_datediff(MDL_FN_PARAMS)
{
	MDL_FN_UNUSED;
	MDL_EACH(row, sel, n)
	out->i64[row] = (int32_t)(mdl_arg_int(args, 0, row) - mdl_arg_int(args, 1, row));
}

static void f_add_months(MDL_FN_PARAMS)
{
	MDL_FN_UNUSED;
	MDL_EACH(row, sel, n)
	store_day(ctx, out, row,
		  mdl_timestamp_add_months(mdl_arg_int(args, 0, row), mdl_arg_int(args, 1, row)));
}

/* Seconds that have passed on the day of T in Z. */
static int64_t since_midnight(const struct mdl_zone *z, int64_t t)
{
	int64_t day = mdl_floor_div(mdl_zone_to_local(z, t), MDL_US_DAY) * MDL_US_DAY;
	return mdl_floor_div(t - mdl_zone_to_utc(z, day), MDL_US_SECOND);
}

static void f_months_between(MDL_FN_PARAMS)
{
	const struct mdl_zone *z = mdl_timetext_zone(ctx);
	MDL_EACH(row, sel, n)
	{
		struct mdl_civil a, b;
		int64_t x = mdl_arg_int(args, 0, row), y = mdl_arg_int(args, 1, row);
		mdl_timestamp_fields(mdl_zone_to_local(z, x), &a);
		mdl_timestamp_fields(mdl_zone_to_local(z, y), &b);
		int64_t months = (a.year - b.year) * 12 + a.month - b.month;
		bool last = a.day == mdl_timestamp_month_days(a.year, a.month) &&
			    b.day == mdl_timestamp_month_days(b.year, b.month);
		if (a.day == b.day || last) {
			out->f64[row] = (double)months;
			continue;
		}
		int64_t seconds =
			(int64_t)(a.day - b.day) * 86400 + since_midnight(z, x) - since_midnight(z, y);
		double d = (double)months + (double)seconds / (31.0 * 86400);
		bool round = nargs < 3 || args[2]->b8[mdl_row(args[2], row)];
		out->f64[row] = round ? floor(d * 1e8 + 0.5) / 1e8 : d;
	}
}

static void f_next_day(MDL_FN_PARAMS)
{
	(void)nargs;
	static const char *const names[] = {"MO", "MON", "MONDAY",    "TU", "TUE", "TUESDAY",
					    "WE", "WED", "WEDNESDAY", "TH", "THU", "THURSDAY",
					    "FR", "FRI", "FRIDAY",    "SA", "SAT", "SATURDAY",
					    "SU", "SUN", "SUNDAY"};
	MDL_EACH(row, sel, n)
	{
		struct mdl_slice s = mdl_arg_str(args, 1, row);
		int64_t day = mdl_arg_int(args, 0, row), want = 0;
		for (int i = 0; i < 21; i++)
			if (strlen(names[i]) == s.n && strncasecmp(names[i], s.p, s.n) == 0)
				want = i / 3 + 1;
		if (want)
			out->i64[row] = day + 1 + mdl_floor_mod(want - 1 - mdl_timestamp_weekday(day), 7);
		else if (ctx->session->ansi)
			mdl_fn_fail(ctx, out, row, "ILLEGAL_DAY_OF_WEEK",
				    "Illegal input for day of week: %.*s.", (int)(s.n < 50 ? s.n : 50), s.p);
		else
			out->valid[row] = 0;
	}
}

static void f_make_date(MDL_FN_PARAMS)
{
	(void)nargs;
	MDL_EACH(row, sel, n)
	{
		int64_t y = mdl_arg_int(args, 0, row), m = mdl_arg_int(args, 1, row),
			d = mdl_arg_int(args, 2, row);
		struct mdl_civil c = {.year = y, .month = (int)m, .day = (int)d};
		if (y >= -999999999 && y <= 999999999 && mdl_timestamp_fields_valid(&c)) {
			out->i64[row] = mdl_timestamp_days(y, c.month, c.day);
			if (out->i64[row] != (int32_t)out->i64[row])
				mdl_fn_fail(ctx, out, row, "ARITHMETIC_OVERFLOW", "integer overflow");
		} else if (ctx->session->ansi)
			mdl_fn_fail(
				ctx, out, row, "DATETIME_FIELD_OUT_OF_BOUNDS.WITH_SUGGESTION",
				"Invalid date '%lld-%lld-%lld'. If necessary set \"spark.sql.ansi.enabled\" to \"false\" to bypass this "
				"error.",
				(long long)y, (long long)m, (long long)d);
		else
			out->valid[row] = 0;
	}
}

/* From a date, a time of day and perhaps a zone. */
static int resolve_make_from_date(struct mdl_call *call, struct mdl_err *err)
{
	bool ntz = strstr(call->name, "ntz") != NULL;
	if (call->nargs > (ntz ? 2 : 3))
		return mdl_err_set(
			err, MDL_TROUBLE,
			"[WRONG_NUM_ARGS.WITHOUT_SUGGESTION] The `%s` requires a date and a time, or six or seven numbers, "
			"but the actual number of parameters is %zu",
			call->name, call->nargs);
	const struct mdl_type *want[] = {&mdl_type_date, &mdl_type_time, &mdl_type_string};
	for (size_t i = 0; i < call->nargs; i++) {
		enum mdl_kind k = call->args[i]->kind;
		bool ok = k == want[i]->kind || k == MDL_T_NULL || k == MDL_T_STRING ||
			  (call->nargs == 1 && i == 0 && mdl_type_is_datetime(call->args[i]));
		if (!ok)
			return mdl_err_set(
				err, MDL_TROUBLE,
				"[DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE] Cannot resolve \"%s\" due to data type mismatch: "
				"parameter %zu requires the \"%s\" type, however it has the type \"%s\"",
				call->name, i + 1, mdl_type_name(call->arena, want[i]),
				mdl_type_name(call->arena, call->args[i]));
		call->args[i] = want[i];
	}
	call->result = ntz ? &mdl_type_timestamp_ntz : &mdl_type_timestamp;
	return 0;
}

static int resolve_make_timestamp(struct mdl_call *call, struct mdl_err *err)
{
	if (call->nargs < 6)
		return resolve_make_from_date(call, err);
	for (size_t i = 0; i < call->nargs; i++)
		call->args[i] = i == 5 ? mdl_type_decimal(16, 6) : i == 6 ? &mdl_type_string : &mdl_type_int;
	call->result = strstr(call->name, "ntz") ? &mdl_type_timestamp_ntz : &mdl_type_timestamp;
	return 0;
}

static void make_from_date(struct mdl_fn_ctx *ctx, struct mdl_vec *const *args, size_t nargs,
			   const uint32_t *sel, size_t n, struct mdl_vec *out)
{
	MDL_EACH(row, sel, n)
	{
		const struct mdl_zone *z =
			nargs > 2 ? mdl_zone_find(mdl_arg_str(args, 2, row)) : mdl_timetext_zone(ctx);
		int64_t clock = nargs > 1 ? mdl_arg_int(args, 1, row) : 0, us;
		if (!z)
			mdl_fn_fail(ctx, out, row, "INVALID_TIMEZONE", "No such time zone.");
		else if (__builtin_mul_overflow(mdl_arg_int(args, 0, row), MDL_US_DAY, &us) ||
			 __builtin_add_overflow(us, clock, &us))
			mdl_fn_fail(ctx, out, row, "DATETIME_OVERFLOW",
				    "The date is beyond the range of timestamps.");
		else
			out->i64[row] = out->type->kind == MDL_T_TIMESTAMP_NTZ ? us : mdl_zone_to_utc(z, us);
	}
}

static void f_make_time(MDL_FN_PARAMS)
{
	(void)nargs;
	MDL_EACH(row, sel, n)
	{
		int64_t h = mdl_arg_int(args, 0, row), m = mdl_arg_int(args, 1, row);
		mdl_i128 s = args[2]->i128[mdl_row(args[2], row)];
		if (h < 0 || h > 23 || m < 0 || m > 59 || s < 0 || s >= 60 * MDL_US_SECOND)
			mdl_fn_fail(ctx, out, row, "DATETIME_FIELD_OUT_OF_BOUNDS.WITHOUT_SUGGESTION",
				    "No such time of day.");
		else
			out->i64[row] = h * MDL_US_HOUR + m * MDL_US_MINUTE + (int64_t)s;
	}
}

static int resolve_make_time(struct mdl_call *call, struct mdl_err *err)
{
	(void)err;
	call->args[0] = call->args[1] = &mdl_type_int;
	call->args[2] = mdl_type_decimal(16, 6);
	call->result = &mdl_type_time;
	return 0;
}

static void f_make_timestamp(MDL_FN_PARAMS)
{
	if (nargs < 6) {
		make_from_date(ctx, args, nargs, sel, n, out);
		return;
	}
	bool ntz = out->type->kind == MDL_T_TIMESTAMP_NTZ;
	MDL_EACH(row, sel, n)
	{
		const struct mdl_zone *z =
			nargs > 6 ? mdl_zone_find(mdl_arg_str(args, 6, row)) : mdl_timetext_zone(ctx);
		if (!z) { /* in either mode */
			mdl_fn_fail(ctx, out, row, "INVALID_TIMEZONE", "No such time zone.");
			continue;
		}
		mdl_i128 sec = args[5]->i128[mdl_row(args[5], row)];
		struct mdl_civil c = {mdl_arg_int(args, 0, row),
				      (int)mdl_arg_int(args, 1, row),
				      (int)mdl_arg_int(args, 2, row),
				      (int)mdl_arg_int(args, 3, row),
				      (int)mdl_arg_int(args, 4, row),
				      (int)(sec / 1000000),
				      (int)(sec % 1000000)};
		bool carry =
			c.second == 60 && c.us == 0; /* 60 seconds are the next minute, as in PostgreSQL */
		if (c.second == 60 && !carry && ctx->session->ansi) {
			mdl_fn_fail(ctx, out, row, "INVALID_FRACTION_OF_SECOND",
				    "Valid range for seconds is [0, 60] (inclusive), 60 without a fraction.");
			continue;
		}
		if (carry)
			c.second = 59;
		if (sec < 0 || !mdl_timestamp_fields_valid(&c) ||
		    !mdl_timestamp_from_fields(&c, &out->i64[row])) {
			if (ctx->session->ansi)
				mdl_fn_fail(ctx, out, row, "DATETIME_FIELD_OUT_OF_BOUNDS.WITH_SUGGESTION",
					    "No such date or time.");
			else
				out->valid[row] = 0;
			continue;
		}
		out->i64[row] += carry ? MDL_US_SECOND : 0;
		if (!ntz)
			out->i64[row] = mdl_zone_to_utc(z, out->i64[row]);
	}
}

/* ---- truncation and units ---- */

enum unit {
	MICROSECOND,
	MILLISECOND,
	SECOND,
	MINUTE,
	HOUR,
	DAY,
	WEEK,
	MONTH,
	QUARTER,
	YEAR,
	DECADE,
	CENTURY,
	NO_UNIT
};

static enum unit unit_of(struct mdl_slice s)
{
	static const struct {
		const char *name;
		enum unit unit;
	} units[] = {{"MICROSECOND", MICROSECOND},
		     {"MILLISECOND", MILLISECOND},
		     {"SECOND", SECOND},
		     {"MINUTE", MINUTE},
		     {"HOUR", HOUR},
		     {"DAY", DAY},
		     {"DD", DAY},
		     {"DAYOFYEAR", DAY},
		     {"WEEK", WEEK},
		     {"MONTH", MONTH},
		     {"MM", MONTH},
		     {"MON", MONTH},
		     {"QUARTER", QUARTER},
		     {"YEAR", YEAR},
		     {"YYYY", YEAR},
		     {"YY", YEAR},
		     {"DECADE", DECADE},
		     {"CENTURY", CENTURY}};
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
		if (strlen(units[i].name) == s.n && strncasecmp(units[i].name, s.p, s.n) == 0)
			return units[i].unit;
	return NO_UNIT;
}

static const int64_t unit_us[] = {1,           1000,       MDL_US_SECOND, MDL_US_MINUTE,
				  MDL_US_HOUR, MDL_US_DAY, 7 * MDL_US_DAY};

static int64_t trunc_day(int64_t days, enum unit u)
{
	struct mdl_civil c;
	mdl_timestamp_date_fields(days, &c);
	if (u == WEEK)
		return days - mdl_timestamp_weekday(days) + 1;
	int month = u == MONTH ? c.month : u == QUARTER ? (c.month - 1) / 3 * 3 + 1 : 1;
	int64_t year = u == DECADE    ? mdl_floor_div(c.year, 10) * 10
		       : u == CENTURY ? mdl_floor_div(c.year - 1, 100) * 100 + 1
				      : c.year;
	return mdl_timestamp_days(year, month, 1);
}

static void f_trunc(MDL_FN_PARAMS)
{
	MDL_FN_UNUSED;
	MDL_EACH(row, sel, n)
	{
		enum unit u = unit_of(mdl_arg_str(args, 1, row));
		if (u < WEEK || u > YEAR)
			out->valid[row] = 0;
		else
			out->i64[row] = trunc_day(mdl_arg_int(args, 0, row), u);
	}
}

static int resolve_date_trunc(struct mdl_call *call, struct mdl_err *err)
{
	(void)err;
	call->args[0] = &mdl_type_string;
	call->args[1] = &mdl_type_timestamp;
	call->result = &mdl_type_timestamp;
	return 0;
}

static void f_date_trunc(MDL_FN_PARAMS)
{
	MDL_FN_UNUSED;
	const struct mdl_zone *z = mdl_timetext_zone(ctx);
	MDL_EACH(row, sel, n)
	{
		enum unit u = unit_of(mdl_arg_str(args, 0, row));
		int64_t t = mdl_arg_int(args, 1, row);
		if (u > YEAR) {
			out->valid[row] = 0;
		} else if (u <= SECOND) {
			out->i64[row] = mdl_floor_div(t, unit_us[u]) * unit_us[u];
		} else {
			int64_t local = mdl_zone_to_local(z, t);
			if (u <= DAY)
				out->i64[row] = mdl_interval_resolve(
					z, t, mdl_floor_div(local, unit_us[u]) * unit_us[u]);
			else
				out->i64[row] = mdl_zone_to_utc(
					z, trunc_day(mdl_floor_div(local, MDL_US_DAY), u) * MDL_US_DAY);
		}
	}
}

static int64_t unit_months(enum unit u)
{
	return u == MONTH ? 1 : u == QUARTER ? 3 : 12;
}

/* The number of days of date_add is an INT or narrower; texts count as numbers. Three arguments are of timestampadd, whose
 * unit is no text. */
static int resolve_days(struct mdl_call *call, struct mdl_err *err)
{
	if (call->nargs == 3)
		return mdl_err_set(
			err, MDL_TROUBLE,
			"[INVALID_PARAMETER_VALUE.DATETIME_UNIT] The value of parameter(s) `unit` in `%s` is invalid: expects "
			"one of the units without quotes YEAR, QUARTER, MONTH, WEEK, DAY, DAYOFYEAR, HOUR, MINUTE, SECOND, "
			"MILLISECOND, MICROSECOND, but got a string literal.",
			call->name);
	bool difference = strstr(call->name, "diff") != NULL;
	const struct mdl_type *t = call->args[1];
	if (!difference && (t->kind == MDL_T_BIGINT || mdl_type_is_fractional(t) || t->kind == MDL_T_DECIMAL))
		return mdl_err_set(
			err, MDL_TROUBLE,
			"[DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE] Cannot resolve \"%s\" due to data type mismatch: "
			"parameter 2 requires the (\"INT\" or \"SMALLINT\" or \"TINYINT\") type, however it has the type \"%s\"",
			call->name, mdl_type_name(call->arena, t));
	call->args[0] = &mdl_type_date;
	call->args[1] = difference ? &mdl_type_date : &mdl_type_int;
	call->result = difference ? &mdl_type_int : &mdl_type_date;
	return 0;
}

static int resolve_timestampadd(struct mdl_call *call, struct mdl_err *err)
{
	call->args[0] = &mdl_type_string;
	call->args[1] = &mdl_type_bigint;
	if (call->args[2]->kind != MDL_T_TIMESTAMP_NTZ)
		call->args[2] = &mdl_type_timestamp;
	call->result = call->args[2];
	if (call->consts[0] && call->consts[0]->valid[0] && unit_of(call->consts[0]->str[0]) > YEAR)
		return mdl_err_set(
			err, MDL_TROUBLE,
			"[INVALID_PARAMETER_VALUE.DATETIME_UNIT] the unit of timestampadd is not known");
	return 0;
}

static void f_timestampadd(MDL_FN_PARAMS)
{
	(void)nargs;
	const struct mdl_zone *z = out->type->kind == MDL_T_TIMESTAMP ? mdl_timetext_zone(ctx) : mdl_zone_utc;
	MDL_EACH(row, sel, n)
	{
		enum unit u = unit_of(mdl_arg_str(args, 0, row));
		int64_t k = mdl_arg_int(args, 1, row), t = mdl_arg_int(args, 2, row), add;
		if (u > YEAR || k > INT64_C(1) << 55 || k < -(INT64_C(1) << 55)) {
			overflow(ctx, out, row);
		} else if (u >= MONTH) {
			if (__builtin_mul_overflow(k, unit_months(u), &add) ||
			    !mdl_interval_move_months(t, add, z, &out->i64[row]))
				overflow(ctx, out, row);
		} else if (u >= DAY) {
			if (!mdl_interval_move_days(t, u == WEEK ? k * 7 : k, 0, z, &out->i64[row]))
				overflow(ctx, out, row);
		} else if (__builtin_mul_overflow(k, unit_us[u], &add) ||
			   __builtin_add_overflow(t, add, &out->i64[row])) {
			overflow(ctx, out, row);
		}
	}
}

static int resolve_timestampdiff(struct mdl_call *call, struct mdl_err *err)
{
	(void)err;
	call->args[0] = &mdl_type_string;
	call->args[1] = call->args[2] = &mdl_type_timestamp;
	call->result = &mdl_type_bigint;
	return 0;
}

static void f_timestampdiff(MDL_FN_PARAMS)
{
	MDL_FN_UNUSED;
	const struct mdl_zone *z = mdl_timetext_zone(ctx);
	MDL_EACH(row, sel, n)
	{
		enum unit u = unit_of(mdl_arg_str(args, 0, row));
		int64_t a = mdl_arg_int(args, 1, row), b = mdl_arg_int(args, 2, row);
		if (u > YEAR) {
			out->valid[row] = 0;
			continue;
		}
		a = mdl_zone_to_local(z, a);
		b = mdl_zone_to_local(z, b);
		if (u <= WEEK) {
			out->i64[row] = (int64_t)(((mdl_i128)b - a) / unit_us[u]);
			continue;
		}
		struct mdl_civil x, y;
		mdl_timestamp_fields(a, &x);
		mdl_timestamp_fields(b, &y);
		int64_t m = (y.year - x.year) * 12 + y.month - x.month;
		int64_t rest = (b - mdl_timestamp_days(y.year, y.month, 1) * MDL_US_DAY) -
			       (a - mdl_timestamp_days(x.year, x.month, 1) * MDL_US_DAY);
		m -= m > 0 && rest < 0;
		m += m < 0 && rest > 0;
		out->i64[row] = m / unit_months(u);
	}
}

/* ---- zones and intervals ---- */

enum { S = MDL_FN_STRICT, F = MDL_FN_CAN_FAIL, N = MDL_FN_SESSION, T = MDL_FN_TRY };
#define FIELD(name, f)                                   \
	{                                                \
		name, 1, 1, S, "DATE:INT", NULL, NULL, f \
	}

const struct mdl_fn mdl_func_datetime[] = {
	{"current_timestamp", 0, 0, S | N, ":TIMESTAMP", NULL, NULL, f_now},
	{"now", 0, 0, S | N, ":TIMESTAMP", NULL, NULL, f_now},
	{"localtimestamp", 0, 0, S | N, ":TIMESTAMP_NTZ", NULL, NULL, f_local_now},
	{"current_date", 0, 0, S | N, ":DATE", NULL, NULL, f_today},
	{"curdate", 0, 0, S | N, ":DATE", NULL, NULL, f_today},
	{"current_timezone", 0, 0, S, ":STRING", NULL, NULL, f_timezone},
	{"timestamp_seconds", 1, 1, S | F, "NUMERIC:TIMESTAMP", NULL, NULL, f_timestamp_seconds},
	{"timestamp_millis", 1, 1, S | F, "INTEGRAL:TIMESTAMP", NULL, NULL, f_timestamp_millis},
	{"timestamp_micros", 1, 1, S, "INTEGRAL:TIMESTAMP", NULL, NULL, f_same_int},
	{"unix_seconds", 1, 1, S, "TIMESTAMP:BIGINT", NULL, NULL, f_unix_seconds},
	{"unix_millis", 1, 1, S, "TIMESTAMP:BIGINT", NULL, NULL, f_unix_millis},
	{"unix_micros", 1, 1, S, "TIMESTAMP:BIGINT", NULL, NULL, f_same_int},
	{"unix_date", 1, 1, S, "DATE:INT", NULL, NULL, f_same_int},
	{"date_from_unix_date", 1, 1, S, "INT:DATE", NULL, NULL, f_same_int},
	FIELD("year", f_year),
	FIELD("quarter", f_quarter),
	FIELD("month", f_month),
	FIELD("day", f_day),
	FIELD("dayofmonth", f_day),
	FIELD("dayofweek", f_dayofweek),
	FIELD("weekday", f_weekday),
	FIELD("dayofyear", f_dayofyear),
	FIELD("weekofyear", f_weekofyear),
	{"hour", 1, 1, S, NULL, resolve_clock, NULL, f_hour},
	{"minute", 1, 1, S, NULL, resolve_clock, NULL, f_minute},
	{"second", 1, 1, S, NULL, resolve_clock, NULL, f_second},
	{"dayname", 1, 1, S, "DATE:STRING", NULL, NULL, f_dayname},
	{"monthname", 1, 1, S, "DATE:STRING", NULL, NULL, f_monthname},
	{"last_day", 1, 1, S, "DATE:DATE", NULL, NULL, f_last_day},
	{"date_add", 2, 3, S | F, NULL, resolve_days, NULL, f_date_add},
	{"dateadd", 2, 3, S | F, NULL, resolve_days, NULL, f_date_add},
	{"date_sub", 2, 2, S | F, NULL, resolve_days, NULL, f_date_sub},
	{"datediff", 2, 3, S, NULL, resolve_days, NULL, f_datediff},
	{"date_diff", 2, 3, S, NULL, resolve_days, NULL, f_datediff},
	{"add_months", 2, 2, S | F, "DATE,INT:DATE", NULL, NULL, f_add_months},
	{"months_between", 2, 3, S, "TIMESTAMP,TIMESTAMP,BOOLEAN:DOUBLE", NULL, NULL, f_months_between},
	{"next_day", 2, 2, S | F, "DATE,STRING:DATE", NULL, NULL, f_next_day},
	{"make_date", 3, 3, S | F, "INT,INT,INT:DATE", NULL, NULL, f_make_date},
	{"make_time", 3, 3, S | F, NULL, resolve_make_time, NULL, f_make_time},
	{"make_timestamp_ltz", 1, 7, S | F, NULL, resolve_make_timestamp, NULL, f_make_timestamp},
	{"try_make_timestamp_ltz", 1, 7, S | F | T, NULL, resolve_make_timestamp, NULL, f_make_timestamp},
	{"try_make_timestamp_ntz", 1, 6, S | F | T, NULL, resolve_make_timestamp, NULL, f_make_timestamp},
	{"make_timestamp", 1, 7, S | F, NULL, resolve_make_timestamp, NULL, f_make_timestamp},
	{"make_timestamp_ntz", 1, 6, S | F, NULL, resolve_make_timestamp, NULL, f_make_timestamp},
	{"try_make_timestamp", 1, 7, S | F | T, NULL, resolve_make_timestamp, NULL, f_make_timestamp},
	{"trunc", 2, 2, S, "DATE,STRING:DATE", NULL, NULL, f_trunc},
	{"date_trunc", 2, 2, S, NULL, resolve_date_trunc, NULL, f_date_trunc},
	{"timestampadd", 3, 3, S | F, NULL, resolve_timestampadd, NULL, f_timestampadd},
	{"timestampdiff", 3, 3, S, NULL, resolve_timestampdiff, NULL, f_timestampdiff},
	{"to_timestamp", 1, 2, S | F, NULL, mdl_timetext_resolve, NULL, mdl_timetext_f_read},
	{"try_to_timestamp", 1, 2, S | F | T, NULL, mdl_timetext_resolve, NULL, mdl_timetext_f_read},
	{"to_timestamp_ltz", 1, 2, S | F, NULL, mdl_timetext_resolve, NULL, mdl_timetext_f_read},
	{"to_timestamp_ntz", 1, 2, S | F, NULL, mdl_timetext_resolve, NULL, mdl_timetext_f_read},
	{"to_date", 1, 2, S | F, NULL, mdl_timetext_resolve, NULL, mdl_timetext_f_read},
	{"try_to_date", 1, 2, S | F | T, NULL, mdl_timetext_resolve, NULL, mdl_timetext_f_read},
	{"unix_timestamp", 0, 2, S | F | N, NULL, mdl_timetext_resolve, NULL, mdl_timetext_f_read},
	{"to_unix_timestamp", 1, 2, S | F, NULL, mdl_timetext_resolve, NULL, mdl_timetext_f_read},
	{"date_format", 2, 2, S | F, "TIMESTAMP,STRING:STRING", mdl_timetext_prepare, NULL,
	 mdl_timetext_f_write},
	{"from_unixtime", 1, 2, S | F, "BIGINT,STRING:STRING", mdl_timetext_prepare, NULL,
	 mdl_timetext_f_write},
	{NULL, 0, 0, 0, NULL, NULL, NULL, NULL},
};
