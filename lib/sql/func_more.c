/* SPDX-License-Identifier: MIT
 *
 * Smaller families: UTF-8 by name, quote, zeroifnull, parts of intervals and of times
 * for extract(), convert_timezone, lpad and rpad of bytes.
 */
#include <string.h>
#include <strings.h>

#include "base/timestamp.h"
#include "sql/calendar.h"
#include "sql/coerce.h"
#include "sql/func_list.h"
#include "sql/func_timetext.h"
#include "json/text.h"

/* ---- UTF-8 ---- */

/* A binary is looked at as it is; CAST would have made it valid. */
static int resolve_utf8(struct mdl_call *call, struct mdl_err *err)
{
	(void)err;
	if (call->args[0]->kind != MDL_T_BINARY)
		call->args[0] = &mdl_type_string;
	call->result = strcmp(call->name, "is_valid_utf8") == 0 ? &mdl_type_boolean : &mdl_type_string;
	return 0;
}

static void f_is_valid(MDL_FN_PARAMS)
{
	MDL_FN_UNUSED;
	MDL_EACH(row, sel, n)
	out->b8[row] = mdl_utf8_valid(mdl_arg_str(args, 0, row));
}

static void f_validate(MDL_FN_PARAMS)
{
	(void)nargs;
	MDL_EACH(row, sel, n)
	{
		struct mdl_slice s = mdl_arg_str(args, 0, row);
		if (mdl_utf8_valid(s))
			out->str[row] = s;
		else
			mdl_fn_fail(ctx, out, row, "INVALID_UTF8_STRING",
				    "Invalid UTF8 byte sequence found in string.");
	}
}

static void f_make_valid(MDL_FN_PARAMS)
{
	struct mdl_buf b = MDL_BUF_INIT(1 << 30);
	(void)nargs;
	MDL_EACH(row, sel, n)
	{
		struct mdl_slice s = mdl_arg_str(args, 0, row);
		mdl_buf_clear(&b);
		while (s.n) {
			size_t ok = mdl_utf8_valid_upto(s);
			mdl_buf_put(&b, s.p, ok);
			s = (struct mdl_slice){s.p + ok, s.n - ok};
			if (s.n) {
				mdl_buf_puts(&b, "\xef\xbf\xbd");
				s = (struct mdl_slice){s.p + 1, s.n - 1};
			}
		}
		out->str[row] = mdl_arena_slice(ctx->arena, mdl_buf_slice(&b));
	}
	mdl_buf_free(&b);
}

static void f_quote(MDL_FN_PARAMS)
{
	(void)nargs;
	MDL_EACH(row, sel, n)
	{
		struct mdl_slice s = mdl_arg_str(args, 0, row);
		char *r = mdl_arena_alloc(ctx->arena, 2 * s.n + 2), *p = r;
		*p++ = '\'';
		for (size_t i = 0; i < s.n; i++) {
			if (s.p[i] == '\'')
				*p++ = '\\';
			*p++ = s.p[i];
		}
		*p++ = '\'';
		out->str[row] = (struct mdl_slice){r, (size_t)(p - r)};
	}
}

/* lpad and rpad of bytes; without a third argument by zeros. */
static void pad_bytes(MDL_FN_PARAMS, bool left)
{
	MDL_EACH(row, sel, n)
	{
		struct mdl_slice s = mdl_arg_str(args, 0, row),
				 f = nargs > 2 ? mdl_arg_str(args, 2, row) : (struct mdl_slice){"", 1};
		int64_t want = mdl_arg_int(args, 1, row);
		size_t len = want < 0 ? 0 : (size_t)want;
		if (len <= s.n || !f.n) {
			s.n = len < s.n ? len : s.n;
			out->str[row] = s;
			continue;
		}
		if (len > 1 << 28) {
			mdl_fn_fail(ctx, out, row, "COLLECTION_SIZE_LIMIT_EXCEEDED",
				    "A binary of %zu bytes is too long", len);
			continue;
		}
		char *r = mdl_arena_alloc(ctx->arena, len);
		memcpy(left ? r + len - s.n : r, s.p, s.n);
		for (size_t i = 0; i < len - s.n; i++)
			r[left ? i : s.n + i] = f.p[i % f.n];
		out->str[row] = (struct mdl_slice){r, len};
	}
}

static void f_lpad(MDL_FN_PARAMS)
{
	pad_bytes(ctx, args, nargs, sel, n, out, true);
}

static void f_rpad(MDL_FN_PARAMS)
{
	pad_bytes(ctx, args, nargs, sel, n, out, false);
}

/* ---- zeros and NULLs ---- */

static int resolve_zero(struct mdl_call *call, struct mdl_err *err)
{
	const struct mdl_type *t = call->args[0];
	if (t->kind == MDL_T_STRING || t->kind == MDL_T_NULL)
		t = t->kind == MDL_T_NULL ? &mdl_type_int : &mdl_type_bigint;
	else if (!mdl_type_is_numeric(t))
		return mdl_list_mismatch(call, "DATA_DIFF_TYPES", "the argument should be a number", err);
	else if (strcmp(call->name, "zeroifnull") == 0)
		t = mdl_coerce_common(t, &mdl_type_int, call->session->ansi);
	call->args[0] = call->result = t;
	return 0;
}

static void f_zeroifnull(MDL_FN_PARAMS)
{
	MDL_FN_UNUSED;
	MDL_EACH(row, sel, n)
	{
		mdl_vec_copy(out, row, args[0], row);
		if (out->valid[row])
			continue;
		out->valid[row] = 1;
		memset((char *)out->data + row * mdl_vec_width(out->type), 0, mdl_vec_width(out->type));
	}
}

static void f_nullifzero(MDL_FN_PARAMS)
{
	MDL_FN_UNUSED;
	MDL_EACH(row, sel, n)
	{
		size_t r = mdl_row(args[0], row);
		mdl_vec_copy(out, row, args[0], r);
		if (!out->valid[row])
			continue;
		bool zero = mdl_type_is_fractional(out->type)  ? args[0]->f64[r] == 0
			    : out->type->kind == MDL_T_DECIMAL ? args[0]->i128[r] == 0
							       : args[0]->i64[r] == 0;
		out->valid[row] = !zero;
	}
}

/* ---- parts of intervals and times, for extract() ---- */

enum part {
	P_YEARS,
	P_MONTHS,
	P_DAYS,
	P_HOURS,
	P_MINUTES,
	P_SECONDS,
	P_CLOCK_SECONDS,
	P_WEEK_YEAR,
	P_WEEKDAY
};

static const struct {
	const char *words;
	enum part part;
} parts[] = {{"year y years yr yrs", P_YEARS},
	     {"month mon mons months", P_MONTHS},
	     {"day d days", P_DAYS},
	     {"hour h hours hr hrs", P_HOURS},
	     {"minute m min mins minutes", P_MINUTES},
	     {"second s sec seconds secs", P_SECONDS},
	     {"yearofweek", P_WEEK_YEAR},
	     {"dayofweek_iso dow_iso", P_WEEKDAY}};

static bool has_word(const char *words, struct mdl_slice s)
{
	for (const char *p = words; *p;) {
		size_t n = strcspn(p, " ");
		if (n == s.n && strncasecmp(p, s.p, n) == 0)
			return true;
		p += n;
		p += *p == ' ';
	}
	return false;
}

static int resolve_part(struct mdl_call *call, struct mdl_err *err)
{
	const struct mdl_type *t = call->args[1];
	struct mdl_slice unit = call->consts[0]->str[0];
	enum part *part = mdl_arena_alloc(call->arena, sizeof(*part));
	bool found = false;
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts) && !found; i++)
		if ((found = has_word(parts[i].words, unit)))
			*part = parts[i].part;
	call->state = part;
	if (t->kind == MDL_T_INTERVAL)
		found = found && *part <= P_SECONDS;
	else if (t->kind == MDL_T_INTERVAL_YM)
		found = found && (*part == P_MONTHS ? t->to == MDL_U_MONTH
						    : *part < P_MONTHS && t->from == MDL_U_YEAR);
	else if (t->kind == MDL_T_INTERVAL_DT)
		found = found && *part >= P_DAYS && *part <= P_SECONDS &&
			(int)(*part - P_DAYS + MDL_U_DAY) >= t->from &&
			(int)(*part - P_DAYS + MDL_U_DAY) <= t->to;
	else
		found = found && *part >= P_SECONDS;
	struct mdl_slice name = call->names ? call->names[1] : (struct mdl_slice){NULL, 0};
	if (!name.n) /* no column */
		name = mdl_slice_of(mdl_type_name(call->arena, t));
	if (!found)
		return mdl_err_set(err, MDL_TROUBLE,
				   "[INVALID_EXTRACT_FIELD] Cannot extract `%.*s` from \"%.*s\".",
				   (int)unit.n, unit.p, (int)name.n, name.p);
	bool interval =
		t->kind == MDL_T_INTERVAL_YM || t->kind == MDL_T_INTERVAL_DT || t->kind == MDL_T_INTERVAL;
	if (!interval && *part == P_SECONDS) {
		*part = P_CLOCK_SECONDS;
		call->args[1] =
			t->kind == MDL_T_TIMESTAMP_NTZ || t->kind == MDL_T_TIME ? t : &mdl_type_timestamp;
	} else if (!interval) {
		call->args[1] = &mdl_type_date;
	}
	call->result = *part == P_SECONDS || *part == P_CLOCK_SECONDS                ? mdl_type_decimal(8, 6)
		       : *part == P_MONTHS || *part == P_HOURS || *part == P_MINUTES ? &mdl_type_tinyint
										     : &mdl_type_int;
	return 0;
}

/* The one of the three numbers that PART is in. */
static int64_t calendar_part(const struct mdl_vec *v, size_t row, enum part part)
{
	struct mdl_interval c = mdl_calendar_unpack(v->i128[mdl_row(v, row)]);
	return part <= P_MONTHS ? c.months : part == P_DAYS ? c.days : c.us;
}

static void f_part(MDL_FN_PARAMS)
{
	enum part part = *(const enum part *)ctx->state;
	const struct mdl_zone *zone = mdl_timetext_zone(ctx);
	(void)nargs;
	MDL_EACH(row, sel, n)
	{
		int64_t year, v = args[1]->type->kind == MDL_T_INTERVAL ? calendar_part(args[1], row, part)
									: mdl_arg_int(args, 1, row);
		switch (part) {
		case P_YEARS:
			out->i64[row] = v / 12;
			break;
		case P_MONTHS:
			out->i64[row] = v % 12;
			break;
		case P_DAYS:
			out->i64[row] = args[1]->type->kind == MDL_T_INTERVAL ? v : v / MDL_US_DAY;
			break;
		case P_HOURS:
			out->i64[row] = v % MDL_US_DAY / MDL_US_HOUR;
			break;
		case P_MINUTES:
			out->i64[row] = v % MDL_US_HOUR / MDL_US_MINUTE;
			break;
		case P_SECONDS:
			out->i128[row] = v % MDL_US_MINUTE;
			break;
		case P_CLOCK_SECONDS:
			v = args[1]->type->kind == MDL_T_TIMESTAMP ? mdl_zone_to_local(zone, v) : v;
			out->i128[row] = mdl_floor_mod(v, MDL_US_MINUTE);
			break;
		case P_WEEK_YEAR:
			mdl_timestamp_iso_week(v, &year);
			out->i64[row] = year;
			break;
		case P_WEEKDAY:
			out->i64[row] = mdl_timestamp_weekday(v);
			break;
		}
	}
}

static int resolve_convert(struct mdl_call *call, struct mdl_err *err)
{
	(void)err;
	for (size_t i = 0; i + 1 < call->nargs; i++)
		call->args[i] = &mdl_type_string;
	call->args[call->nargs - 1] = call->result = &mdl_type_timestamp_ntz;
	return 0;
}

static void f_convert(MDL_FN_PARAMS)
{
	MDL_EACH(row, sel, n)
	{
		const struct mdl_zone *from = nargs > 2 ? mdl_zone_find(mdl_arg_str(args, 0, row))
							: mdl_timetext_zone(ctx),
				      *to = mdl_zone_find(mdl_arg_str(args, nargs - 2, row));
		if (from && to)
			out->i64[row] = mdl_zone_to_local(
				to, mdl_zone_to_utc(from, mdl_arg_int(args, nargs - 1, row)));
		else
			mdl_fn_fail(ctx, out, row, "INVALID_TIMEZONE", "No such time zone.");
	}
}

enum { S = MDL_FN_STRICT, F = MDL_FN_CAN_FAIL, T = MDL_FN_TRY };

const struct mdl_fn mdl_func_more[] = {
	{"is_valid_utf8", 1, 1, S, NULL, resolve_utf8, NULL, f_is_valid},
	{"validate_utf8", 1, 1, S | F, NULL, resolve_utf8, NULL, f_validate},
	{"try_validate_utf8", 1, 1, S | F | T, NULL, resolve_utf8, NULL, f_validate},
	{"make_valid_utf8", 1, 1, S, NULL, resolve_utf8, NULL, f_make_valid},
	{"quote", 1, 1, S, "STRING:STRING", NULL, NULL, f_quote},
	{"lpad of bytes", 2, 3, S | F, "BINARY,INT,BINARY:BINARY", NULL, NULL, f_lpad},
	{"rpad of bytes", 2, 3, S | F, "BINARY,INT,BINARY:BINARY", NULL, NULL, f_rpad},
	{"zeroifnull", 1, 1, 0, NULL, resolve_zero, NULL, f_zeroifnull},
	{"nullifzero", 1, 1, 0, NULL, resolve_zero, NULL, f_nullifzero},
	{"part of a time", 2, 2, S, NULL, resolve_part, NULL, f_part},
	{"convert_timezone", 2, 3, S | F, NULL, resolve_convert, NULL, f_convert},
	{NULL, 0, 0, 0, NULL, NULL, NULL, NULL},
};
