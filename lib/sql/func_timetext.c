/* SPDX-License-Identifier: MIT
 *
 * Functions between dates and their text: see func_timetext.h.
 */
#include "sql/func_timetext.h"

#include "base/timestamp.h"
#include "sql/datetime_pattern.h"

/* What the last row's pattern was, for patterns that are no constants. */
struct prepared {
	const struct mdl_pattern *pattern; /* NULL: not constant, or none */
};

int mdl_timetext_prepare(struct mdl_call *call, struct mdl_err *err)
{
	struct prepared *p = mdl_arena_zalloc(call->arena, sizeof(*p));
	call->state = p;
	const struct mdl_vec *c = call->nargs > 1 ? call->consts[1] : NULL;
	if (c && c->type->kind == MDL_T_STRING && c->valid[0] &&
	    !(p->pattern = mdl_pattern_new(call->arena, c->str[0], err)))
		return -1;
	return 0;
}

int mdl_timetext_resolve(struct mdl_call *call, struct mdl_err *err)
{
	bool unix_time = strstr(call->name, "unix") != NULL, ntz = strstr(call->name, "ntz") != NULL;
	bool date = strstr(call->name, "date") != NULL;
	const struct mdl_type *t = unix_time ? &mdl_type_bigint
				   : date    ? &mdl_type_date
				   : ntz     ? &mdl_type_timestamp_ntz
					     : &mdl_type_timestamp;
	call->result = t;
	if (call->nargs > 0 && call->args[0]->kind != MDL_T_STRING) {
		bool other = call->args[0]->kind == MDL_T_NULL;
		call->args[0] = other ? &mdl_type_string : unix_time ? &mdl_type_timestamp : t;
	}
	if (call->nargs > 1)
		call->args[1] = &mdl_type_string;
	return mdl_timetext_prepare(call, err);
}

/* The pattern of ROW; NULL after the failure was entered. */
static const struct mdl_pattern *pattern_of(struct mdl_fn_ctx *ctx, struct mdl_vec *const *args, size_t row,
					    struct mdl_vec *out)
{
	const struct prepared *st = ctx->state;
	if (st->pattern)
		return st->pattern;
	struct mdl_err err = MDL_ERR_INIT;
	const struct mdl_pattern *p = mdl_pattern_new(ctx->arena, mdl_arg_str(args, 1, row), &err);
	if (!p)
		mdl_fn_fail(ctx, out, row, "INVALID_DATETIME_PATTERN", "%s", err.msg);
	return p;
}

static void read_failed(struct mdl_fn_ctx *ctx, struct mdl_vec *out, size_t row, struct mdl_slice s,
			bool by_pattern)
{
	int n = (int)(s.n < 100 ? s.n : 100);
	if (!ctx->session->ansi)
		out->valid[row] = 0;
	else if (by_pattern)
		mdl_fn_fail(
			ctx, out, row, "CANNOT_PARSE_TIMESTAMP",
			"Text '%.*s' could not be parsed. Use `try_to_timestamp` to tolerate invalid input string and return NULL "
			"instead.",
			n, s.p);
	else
		mdl_fn_fail(
			ctx, out, row, "CAST_INVALID_INPUT",
			"The value '%.*s' of the type \"STRING\" cannot be cast to \"%s\" because it is malformed. Correct the value as "
			"per the syntax, or change its target type. Use `try_cast` to tolerate malformed input and return NULL "
			"instead.",
			n, s.p, mdl_type_name(ctx->arena, out->type));
}

/* Text by pattern to what KIND keeps: days, local or UTC microseconds. */
bool mdl_timetext_read(const struct mdl_pattern *p, struct mdl_slice s, enum mdl_kind kind,
		       const struct mdl_zone *z, int64_t *v)
{
	struct mdl_pattern_value x;
	if (!mdl_pattern_read(p, s, &x))
		return false;
	if (kind == MDL_T_DATE)
		*v = mdl_floor_div(x.local_us, MDL_US_DAY);
	else if (kind == MDL_T_TIMESTAMP_NTZ)
		*v = x.local_us;
	else if (x.has_offset)
		*v = x.local_us - x.offset * MDL_US_SECOND;
	else
		*v = mdl_zone_to_utc(x.zone ? x.zone : z, x.local_us);
	return true;
}

static bool read_cast(struct mdl_fn_ctx *ctx, struct mdl_slice s, enum mdl_kind kind,
		      const struct mdl_zone *z, int64_t *v)
{
	if (kind == MDL_T_DATE)
		return mdl_timestamp_parse_date(s, v);
	if (kind == MDL_T_TIMESTAMP_NTZ)
		return mdl_timestamp_parse_ntz(s, true, v);
	return mdl_timestamp_parse(s, z, ctx->session->now_us, v);
}

/* unix_timestamp(text) without a pattern has this one. */
static const struct mdl_pattern *usual(struct mdl_fn_ctx *ctx)
{
	struct mdl_err err = MDL_ERR_INIT;
	return mdl_pattern_new(ctx->arena, MDL_SLICE("yyyy-MM-dd HH:mm:ss"), &err);
}

/* A wrong pattern fails in try_... too. */
static void unreadable(struct mdl_fn_ctx *ctx, struct mdl_vec *out, size_t row, const char *class)
{
	bool quiet = ctx->quiet;
	ctx->quiet = false;
	mdl_fn_fail(
		ctx, out, row, class,
		"Spark reads no day of the week and no quarter: a letter of the pattern is for writing alone");
	ctx->quiet = quiet;
}

void mdl_timetext_f_read(MDL_FN_PARAMS)
{
	const struct mdl_zone *z = mdl_timetext_zone(ctx);
	enum mdl_kind kind = out->type->kind;
	bool seconds = kind == MDL_T_BIGINT, text = nargs > 0 && args[0]->type->kind == MDL_T_STRING;
	const struct mdl_pattern *dflt = seconds && nargs < 2 ? usual(ctx) : NULL;
	MDL_EACH(row, sel, n)
	{
		int64_t *v = &out->i64[row];
		if (nargs == 0) {
			*v = ctx->session->now_us;
		} else if (!text) {
			*v = mdl_arg_int(args, 0, row);
		} else {
			struct mdl_slice s = mdl_arg_str(args, 0, row);
			const struct mdl_pattern *p = nargs > 1 ? pattern_of(ctx, args, row, out) : dflt;
			const char *no = p ? mdl_pattern_unreadable(p, kind == MDL_T_TIMESTAMP_NTZ) : NULL;
			if (nargs > 1 && !p)
				continue;
			if (no) {
				unreadable(ctx, out, row, no);
				continue;
			}
			if (!(p ? mdl_timetext_read(p, s, kind, z, v) : read_cast(ctx, s, kind, z, v))) {
				read_failed(ctx, out, row, s, p != NULL);
				continue;
			}
		}
		if (seconds)
			*v /= MDL_US_SECOND; /* toward 0 */
	}
}

void mdl_timetext_f_write(MDL_FN_PARAMS)
{
	const struct mdl_zone *z = mdl_timetext_zone(ctx);
	const struct mdl_pattern *dflt = nargs < 2 ? usual(ctx) : NULL;
	bool seconds = args[0]->type->kind == MDL_T_BIGINT;
	struct mdl_buf b = MDL_BUF_INIT(1 << 20);
	MDL_EACH(row, sel, n)
	{
		const struct mdl_pattern *p = dflt ? dflt : pattern_of(ctx, args, row, out);
		int64_t t = mdl_arg_int(args, 0, row);
		if (!p)
			continue;
		if (seconds) /* beyond 64 bits it wraps, as Spark's does */
			t = (int64_t)((uint64_t)t * (uint64_t)MDL_US_SECOND);
		mdl_buf_clear(&b);
		mdl_pattern_write(&b, p, mdl_zone_to_local(z, t), z);
		out->str[row] = mdl_arena_slice(ctx->arena, mdl_buf_slice(&b));
	}
	mdl_buf_free(&b);
}
