/* SPDX-License-Identifier: MIT
 *
 * Functions of TIME, and intervals made of numbers.
 */
#include <string.h>
#include <strings.h>

#include "base/timestamp.h"
#include "sql/cast.h"
#include "sql/func_list.h"
#include "sql/func_timetext.h"

/* ---- time of day ---- */

/* time_from_seconds and its like take numbers, time_to_seconds and its like give them: *unit in microseconds. */
static int resolve_unit(struct mdl_call *call, struct mdl_err *err)
{
	int64_t *unit = mdl_arena_alloc(call->arena, sizeof(*unit));
	bool from = strncmp(call->name, "time_from", 9) == 0;
	const char *u = strrchr(call->name, '_') + 1;
	*unit = strcmp(u, "seconds") == 0 ? MDL_US_SECOND : strcmp(u, "millis") == 0 ? 1000 : 1;
	call->state = unit;
	if (!from && call->args[0]->kind != MDL_T_TIME && call->args[0]->kind != MDL_T_NULL)
		return mdl_list_mismatch(call, "UNEXPECTED_INPUT_TYPE",
					 "the first parameter requires the \"TIME\" type", err);
	const struct mdl_type *number = *unit == MDL_US_SECOND ? mdl_type_decimal(14, 6) : &mdl_type_bigint;
	call->args[0] = from ? number : &mdl_type_time;
	call->result = from ? &mdl_type_time : number;
	return 0;
}

static void f_time_from(MDL_FN_PARAMS)
{
	int64_t unit = *(const int64_t *)ctx->state, us;
	(void)nargs;
	MDL_EACH(row, sel, n)
	{
		size_t r = mdl_row(args[0], row);
		bool ok = true;
		if (args[0]->type->kind == MDL_T_DECIMAL)
			us = (int64_t)args[0]->i128[r];
		else
			ok = !__builtin_mul_overflow(args[0]->i64[r], unit, &us);
		if (ok && us >= 0 && us < MDL_US_DAY)
			out->i64[row] = us;
		else
			mdl_fn_fail(ctx, out, row, "DATETIME_FIELD_OUT_OF_BOUNDS.WITHOUT_SUGGESTION",
				    "No such time of day.");
	}
}

static void f_time_to(MDL_FN_PARAMS)
{
	int64_t unit = *(const int64_t *)ctx->state;
	(void)nargs;
	MDL_EACH(row, sel, n)
	{
		int64_t us = mdl_arg_int(args, 0, row);
		if (out->type->kind == MDL_T_DECIMAL)
			out->i128[row] = us;
		else
			out->i64[row] = us / unit;
	}
}

static bool unit_us(struct mdl_slice s, int64_t *us)
{
	static const struct {
		const char *name;
		int64_t us;
	} units[] = {{"HOUR", MDL_US_HOUR},
		     {"MINUTE", MDL_US_MINUTE},
		     {"SECOND", MDL_US_SECOND},
		     {"MILLISECOND", 1000},
		     {"MICROSECOND", 1}};
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
		if (s.n == strlen(units[i].name) && strncasecmp(s.p, units[i].name, s.n) == 0) {
			*us = units[i].us;
			return true;
		}
	return false;
}

static int resolve_time_unit(struct mdl_call *call, struct mdl_err *err)
{
	call->args[0] = &mdl_type_string;
	for (size_t i = 1; i < call->nargs; i++) {
		if (call->args[i]->kind != MDL_T_TIME && call->args[i]->kind != MDL_T_NULL)
			return mdl_list_mismatch(call, "UNEXPECTED_INPUT_TYPE",
						 "a parameter requires the \"TIME\" type", err);
		call->args[i] = &mdl_type_time;
	}
	call->result = call->nargs == 3 ? &mdl_type_bigint : &mdl_type_time;
	return 0;
}

static void f_time_unit(MDL_FN_PARAMS)
{
	MDL_EACH(row, sel, n)
	{
		int64_t unit, a = mdl_arg_int(args, 1, row);
		struct mdl_slice s = mdl_arg_str(args, 0, row);
		if (!unit_us(s, &unit))
			mdl_fn_fail(ctx, out, row, "INVALID_PARAMETER_VALUE.TIME_UNIT",
				    "'%.*s' is no unit of times of day.", (int)(s.n < 40 ? s.n : 40), s.p);
		else
			out->i64[row] = nargs == 3 ? (mdl_arg_int(args, 2, row) - a) / unit : a - a % unit;
	}
}

static int resolve_to_time(struct mdl_call *call, struct mdl_err *err)
{
	for (size_t i = 0; i < call->nargs; i++)
		call->args[i] = &mdl_type_string;
	call->result = &mdl_type_time;
	if (call->nargs < 2)
		return 0;
	const struct mdl_vec *c = call->consts[1];
	if (c && c->type->kind == MDL_T_STRING && c->valid[0] &&
	    !(call->state = mdl_pattern_new(call->arena, c->str[0], err)))
		return -1;
	return 0;
}

static void f_to_time(MDL_FN_PARAMS)
{
	struct mdl_pattern_value v;
	if (nargs < 2) {
		mdl_cast_eval(ctx, args[0], sel, n, out);
		return;
	}
	MDL_EACH(row, sel, n)
	{
		struct mdl_err err = MDL_ERR_INIT;
		struct mdl_slice s = mdl_arg_str(args, 0, row);
		const struct mdl_pattern *p =
			ctx->state ? ctx->state
				   : mdl_pattern_new(ctx->arena, mdl_arg_str(args, 1, row), &err);
		if (p && mdl_pattern_read(p, s, &v))
			out->i64[row] = mdl_floor_mod(v.local_us, MDL_US_DAY);
		else
			mdl_fn_fail(ctx, out, row, "CANNOT_PARSE_TIME",
				    "The input string '%.*s' cannot be parsed to a TIME value.",
				    (int)(s.n < 100 ? s.n : 100), s.p);
	}
}

/* ---- intervals of numbers ---- */

static int resolve_make_interval(struct mdl_call *call, struct mdl_err *err)
{
	(void)err;
	bool months = strstr(call->name, "ym") != NULL;
	for (size_t i = 0; i < call->nargs; i++)
		call->args[i] = i == 3 ? mdl_type_decimal(18, 6) : &mdl_type_int;
	call->result = months ? &mdl_type_interval_ym : &mdl_type_interval_dt;
	return 0;
}

static void f_make_ym(MDL_FN_PARAMS)
{
	MDL_EACH(row, sel, n)
	{
		int64_t m = (nargs > 0 ? mdl_arg_int(args, 0, row) * 12 : 0) +
			    (nargs > 1 ? mdl_arg_int(args, 1, row) : 0);
		if (m == (int32_t)m)
			out->i64[row] = m;
		else
			mdl_fn_fail(ctx, out, row, "INTERVAL_ARITHMETIC_OVERFLOW.WITHOUT_SUGGESTION",
				    "Integer overflow.");
	}
}

static void f_make_dt(MDL_FN_PARAMS)
{
	static const int64_t unit[] = {MDL_US_DAY, MDL_US_HOUR, MDL_US_MINUTE};
	MDL_EACH(row, sel, n)
	{
		mdl_i128 us = nargs > 3 ? args[3]->i128[mdl_row(args[3], row)] : 0;
		for (size_t i = 0; i < nargs && i < 3; i++)
			us += (mdl_i128)mdl_arg_int(args, i, row) * unit[i];
		if (us == (int64_t)us)
			out->i64[row] = (int64_t)us;
		else
			mdl_fn_fail(ctx, out, row, "INTERVAL_ARITHMETIC_OVERFLOW.WITHOUT_SUGGESTION",
				    "long overflow");
	}
}

enum { S = MDL_FN_STRICT, F = MDL_FN_CAN_FAIL, T = MDL_FN_TRY };

const struct mdl_fn mdl_func_clock[] = {
	{"time_from_seconds", 1, 1, S | F, NULL, resolve_unit, NULL, f_time_from},
	{"time_from_millis", 1, 1, S | F, NULL, resolve_unit, NULL, f_time_from},
	{"time_from_micros", 1, 1, S | F, NULL, resolve_unit, NULL, f_time_from},
	{"time_to_seconds", 1, 1, S, NULL, resolve_unit, NULL, f_time_to},
	{"time_to_millis", 1, 1, S, NULL, resolve_unit, NULL, f_time_to},
	{"time_to_micros", 1, 1, S, NULL, resolve_unit, NULL, f_time_to},
	{"time_trunc", 2, 2, S | F, NULL, resolve_time_unit, NULL, f_time_unit},
	{"time_diff", 3, 3, S | F, NULL, resolve_time_unit, NULL, f_time_unit},
	{"to_time", 1, 2, S | F, NULL, resolve_to_time, NULL, f_to_time},
	{"try_to_time", 1, 2, S | F | T, NULL, resolve_to_time, NULL, f_to_time},
	{"make_ym_interval", 0, 2, S | F, NULL, resolve_make_interval, NULL, f_make_ym},
	{"make_dt_interval", 0, 4, S | F, NULL, resolve_make_interval, NULL, f_make_dt},
	{NULL, 0, 0, 0, NULL, NULL, NULL, NULL},
};
