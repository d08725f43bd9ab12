/* SPDX-License-Identifier: MIT
 *
 * Regular expressions: see func_regexp.h.
 */
#include "sql/func_regexp.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "sql/java_regex.h"
#include "sql/vec_grow.h"

/* The state of a call: the last pattern seen and what it compiled to. */
struct regexp {
	struct mdl_buf pattern;
	struct mdl_java_regex *re;
	bool set;
};

int mdl_regexp_resolve(struct mdl_call *call, struct mdl_err *err)
{
	(void)err;
	struct regexp *re = mdl_zalloc(sizeof(*re));
	mdl_buf_init(&re->pattern, MDL_BUF_NO_LIMIT);
	call->state = re;
	return 0;
}

int mdl_regexp_resolve_replace(struct mdl_call *call, struct mdl_err *err)
{
	const struct mdl_vec *at = call->nargs > 3 ? call->consts[3] : NULL;
	if (call->nargs > 3 && !at)
		return mdl_err_set(
			err, MDL_TROUBLE,
			"[DATATYPE_MISMATCH.NON_FOLDABLE_INPUT] Cannot resolve \"regexp_replace\" due to data type "
			"mismatch: the input `position` should be a foldable \"INT\" expression");
	if (at && at->valid[0] && at->i64[0] <= 0)
		return mdl_err_set(
			err, MDL_TROUBLE,
			"[DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE] Cannot resolve \"regexp_replace\" due to data type mismatch: "
			"the `position` must be between (0, 2147483647] (current value = %lld)",
			(long long)at->i64[0]);
	return mdl_regexp_resolve(call, err);
}

int mdl_regexp_resolve_split(struct mdl_call *call, struct mdl_err *err)
{
	call->args[0] = call->args[1] = &mdl_type_string;
	if (call->nargs > 2)
		call->args[2] = &mdl_type_int;
	call->result = mdl_type_array(call->arena, &mdl_type_string);
	return mdl_regexp_resolve(call, err);
}

void mdl_regexp_unprepare(void *state)
{
	struct regexp *re = state;
	mdl_java_regex_free(re->re);
	mdl_buf_free(&re->pattern);
	free(re);
}

/* P, compiled, with RE as its memory; NULL after the failure of ROW was entered. */
static struct mdl_java_regex *compiled(struct mdl_fn_ctx *ctx, struct regexp *re, struct mdl_slice p,
				       size_t row, struct mdl_vec *out)
{
	struct mdl_err err = MDL_ERR_INIT;
	if (!re->set || !mdl_slice_eq(mdl_buf_slice(&re->pattern), p)) {
		mdl_java_regex_free(re->re);
		mdl_buf_clear(&re->pattern);
		mdl_buf_puts_slice(&re->pattern, p);
		re->set = true;
		re->re = mdl_java_regex_new(p, &err);
	}
	if (re->re)
		return re->re;
	mdl_fn_fail(
		ctx, out, row, "INVALID_PARAMETER_VALUE.PATTERN",
		"The value of the parameter is invalid: it expects a regular expression, but got '%.*s' (%s).",
		(int)(p.n < 200 ? p.n : 200), p.p, err.msg);
	return NULL;
}

static struct mdl_java_regex *ready(struct mdl_fn_ctx *ctx, struct mdl_vec *const *args, size_t row,
				    struct mdl_vec *out)
{
	return compiled(ctx, ctx->state, mdl_arg_str(args, 1, row), row, out);
}

/* Where to look after a match: behind it, and one character on if it was empty. */
static size_t after(struct mdl_slice s, const size_t *ov)
{
	return ov[1] > ov[0] ? ov[1] : ov[1] < s.n ? ov[1] + mdl_text_step(s.p + ov[1]) : s.n + 1;
}

void mdl_regexp_f_like(MDL_FN_PARAMS)
{
	(void)nargs;
	const size_t *ov;
	MDL_EACH(row, sel, n)
	{
		struct mdl_java_regex *re = ready(ctx, args, row, out);
		if (re)
			out->b8[row] = mdl_java_regex_find(re, mdl_arg_str(args, 0, row), 0, &ov);
	}
}

void mdl_regexp_f_count(MDL_FN_PARAMS)
{
	(void)nargs;
	const size_t *ov;
	MDL_EACH(row, sel, n)
	{
		struct mdl_java_regex *re = ready(ctx, args, row, out);
		struct mdl_slice s = mdl_arg_str(args, 0, row);
		out->i64[row] = 0;
		for (size_t at = 0; re && mdl_java_regex_find(re, s, at, &ov); at = after(s, ov))
			out->i64[row]++;
	}
}

void mdl_regexp_f_instr(MDL_FN_PARAMS)
{
	(void)nargs;
	const size_t *ov;
	MDL_EACH(row, sel, n)
	{
		struct mdl_java_regex *re = ready(ctx, args, row, out);
		struct mdl_slice s = mdl_arg_str(args, 0, row);
		if (re)
			out->i64[row] = mdl_java_regex_find(re, s, 0, &ov)
						? mdl_text_chars((struct mdl_slice){s.p, ov[0]}) + 1
						: 0;
	}
}

void mdl_regexp_f_substr(MDL_FN_PARAMS)
{
	(void)nargs;
	const size_t *ov;
	MDL_EACH(row, sel, n)
	{
		struct mdl_java_regex *re = ready(ctx, args, row, out);
		struct mdl_slice s = mdl_arg_str(args, 0, row);
		if (re && mdl_java_regex_find(re, s, 0, &ov) && ov[1] > ov[0])
			out->str[row] = (struct mdl_slice){s.p + ov[0], ov[1] - ov[0]};
		else
			out->valid[row] = 0;
	}
}

void mdl_regexp_f_extract(MDL_FN_PARAMS)
{
	const size_t *ov;
	MDL_EACH(row, sel, n)
	{
		struct mdl_java_regex *re = ready(ctx, args, row, out);
		struct mdl_slice s = mdl_arg_str(args, 0, row);
		int64_t g = nargs > 2 ? mdl_arg_int(args, 2, row) : 1;
		if (!re)
			continue;
		out->str[row] = MDL_SLICE("");
		if (!mdl_java_regex_find(re, s, 0, &ov))
			continue;
		if (g < 0 || g > mdl_java_regex_groups(re))
			mdl_fn_fail(
				ctx, out, row, "INVALID_PARAMETER_VALUE.REGEX_GROUP_INDEX",
				"The value of parameter(s) `idx` in `regexp_extract` is invalid: Expects group index between 0 "
				"and %u, but got %lld.",
				mdl_java_regex_groups(re), (long long)g);
		else if (ov[2 * g] != MDL_JAVA_REGEX_NONE)
			out->str[row] = (struct mdl_slice){s.p + ov[2 * g], ov[2 * g + 1] - ov[2 * g]};
	}
}

/* Group IDX of each match; a group that took no part is empty. */
void mdl_regexp_f_extract_all(MDL_FN_PARAMS)
{
	const size_t *ov;
	struct mdl_grow grow;
	mdl_grow_init(&grow, ctx, &mdl_type_string, n);
	MDL_EACH(row, sel, n)
	{
		struct mdl_java_regex *re = ready(ctx, args, row, out);
		struct mdl_slice s = mdl_arg_str(args, 0, row);
		int64_t g = nargs > 2 ? mdl_arg_int(args, 2, row) : 1;
		out->span[row] = (struct mdl_span){(uint32_t)grow.n, 0};
		if (!re)
			continue;
		for (size_t at = 0; mdl_java_regex_find(re, s, at, &ov); at = after(s, ov)) {
			if (g < 0 || g > mdl_java_regex_groups(re)) {
				mdl_fn_fail(
					ctx, out, row, "INVALID_PARAMETER_VALUE.REGEX_GROUP_INDEX",
					"The value of parameter(s) `idx` in `regexp_extract_all` is invalid: Expects group "
					"index between 0 and %u, but got %lld.",
					mdl_java_regex_groups(re), (long long)g);
				break;
			}
			bool took = ov[2 * g] != MDL_JAVA_REGEX_NONE;
			size_t k = mdl_grow_row(&grow);
			grow.v->str[k] = took ? (struct mdl_slice){s.p + ov[2 * g], ov[2 * g + 1] - ov[2 * g]}
					      : MDL_SLICE("");
		}
		out->span[row].n = (uint32_t)grow.n - out->span[row].at;
	}
	mdl_grow_finish(out, ctx->arena, &grow, NULL);
}

/* Java's replacement: $1, ${name}, backslash quotes. False: refers to no group. */
static bool put_replacement(struct mdl_buf *b, const struct mdl_java_regex *re, struct mdl_slice s,
			    const size_t *ov, struct mdl_slice with)
{
	uint32_t most = mdl_java_regex_groups(re);
	for (size_t i = 0; i < with.n; i++) {
		char c = with.p[i];
		if (c == '\\' && i + 1 >= with.n)
			return false;
		if (c == '\\') {
			mdl_buf_putc(b, with.p[++i]);
			continue;
		}
		if (c != '$') {
			mdl_buf_putc(b, c);
			continue;
		}
		uint32_t g = 0;
		if (i + 1 < with.n && with.p[i + 1] == '{') {
			const char *close = memchr(with.p + i, '}', with.n - i);
			char name[64];
			size_t len = close ? (size_t)(close - with.p) - i - 2 : 0;
			if (!close || len == 0 || len >= sizeof(name))
				return false;
			memcpy(name, with.p + i + 2, len);
			name[len] = '\0';
			int k = mdl_java_regex_group(re, name);
			if (k < 0)
				return false;
			g = (uint32_t)k;
			i += len + 2;
		} else {
			size_t start = ++i;
			for (; i < with.n && with.p[i] >= '0' && with.p[i] <= '9'; i++) {
				uint32_t next = g * 10 + (uint32_t)(with.p[i] - '0');
				if (i > start && next > most)
					break;
				g = next;
			}
			if (i == start || g > most)
				return false;
			i--;
		}
		if (ov[2 * g] != MDL_JAVA_REGEX_NONE)
			mdl_buf_put(b, s.p + ov[2 * g], ov[2 * g + 1] - ov[2 * g]);
	}
	return true;
}

void mdl_regexp_f_replace(MDL_FN_PARAMS)
{
	struct mdl_buf b = MDL_BUF_INIT(1 << 30);
	MDL_EACH(row, sel, n)
	{
		struct mdl_java_regex *re = ready(ctx, args, row, out);
		struct mdl_slice s = mdl_arg_str(args, 0, row), with = mdl_arg_str(args, 2, row);
		int64_t pos = nargs > 3 ? mdl_arg_int(args, 3, row) : 1;
		if (!re)
			continue;
		out->str[row] = s;
		const size_t *ov;
		size_t copied = 0, skip = pos > 1 ? mdl_text_offset(s, pos - 1) : 0;
		bool ok = true;
		if (pos > 1 && pos - 1 >= mdl_text_chars(s))
			continue;
		mdl_buf_clear(&b);
		/* What stands before the position is not there for the pattern. */
		mdl_buf_put(&b, s.p, skip);
		s = (struct mdl_slice){s.p + skip, s.n - skip};
		for (size_t at = 0; ok && mdl_java_regex_find(re, s, at, &ov); at = after(s, ov)) {
			mdl_buf_put(&b, s.p + copied, ov[0] - copied);
			copied = ov[1];
			ok = put_replacement(&b, re, s, ov, with);
		}
		if (!ok) {
			mdl_fn_fail(ctx, out, row, "INVALID_REGEXP_REPLACE",
				    "Could not perform regexp_replace: the replacement '%.*s' is none, or "
				    "refers to a group that the pattern does not have.",
				    (int)(with.n < 100 ? with.n : 100), with.p);
			continue;
		}
		if (copied == 0 && b.n == skip)
			continue;
		mdl_buf_put(&b, s.p + copied, s.n - copied);
		out->str[row] = mdl_arena_slice(ctx->arena, mdl_buf_slice(&b));
	}
	mdl_buf_free(&b);
}

/* UTF8String.split: an empty match at the start gives no part, and an empty pattern one part for each character. */
static uint32_t split_row(struct mdl_java_regex *re, bool empty, struct mdl_slice s, int64_t limit,
			  struct mdl_slice *parts)
{
	const size_t *ov;
	uint32_t k = 0;
	size_t from = 0;
	if (empty && s.n) {
		for (size_t n; from < s.n; from += n) {
			n = k + 1 == limit ? s.n - from : mdl_text_step(s.p + from);
			if (parts)
				parts[k] = (struct mdl_slice){s.p + from, n};
			k++;
		}
		return k;
	}
	for (size_t at = 0; (limit <= 0 || k < limit - 1) && mdl_java_regex_find(re, s, at, &ov);
	     at = after(s, ov)) {
		if (ov[1] == 0)
			continue;
		if (parts)
			parts[k] = (struct mdl_slice){s.p + from, ov[0] - from};
		k++;
		from = ov[1];
	}
	if (parts)
		parts[k] = (struct mdl_slice){s.p + from, s.n - from};
	return k + 1;
}

void mdl_regexp_f_split(MDL_FN_PARAMS)
{
	size_t total = 0;
	MDL_EACH(row, sel, n)
	{
		struct mdl_java_regex *re = ready(ctx, args, row, out);
		out->span[row] = (struct mdl_span){(uint32_t)total, 0};
		if (re)
			out->span[row].n =
				split_row(re, mdl_arg_str(args, 1, row).n == 0, mdl_arg_str(args, 0, row),
					  nargs > 2 ? mdl_arg_int(args, 2, row) : -1, NULL);
		total += out->span[row].n;
	}
	struct mdl_vec *child = mdl_vec_new(ctx->arena, &mdl_type_string, total + 1);
	memset(child->valid, 1, total + 1);
	out->child = mdl_arena_alloc(ctx->arena, 2 * sizeof(*out->child));
	out->child[0] = child;
	MDL_EACH(row, sel, n)
	{
		struct mdl_java_regex *re = out->span[row].n ? ready(ctx, args, row, out) : NULL;
		if (re)
			split_row(re, mdl_arg_str(args, 1, row).n == 0, mdl_arg_str(args, 0, row),
				  nargs > 2 ? mdl_arg_int(args, 2, row) : -1, child->str + out->span[row].at);
	}
}

/* ---- str_to_map ---- */

int mdl_regexp_resolve_map(struct mdl_call *call, struct mdl_err *err)
{
	(void)err;
	for (size_t i = 0; i < call->nargs; i++)
		call->args[i] = &mdl_type_string;
	call->result = mdl_type_map(call->arena, &mdl_type_string, &mdl_type_string);
	struct regexp *by = mdl_zalloc(2 * sizeof(*by));
	for (size_t i = 0; i < 2; i++)
		mdl_buf_init(&by[i].pattern, MDL_BUF_NO_LIMIT);
	call->state = by;
	return 0;
}

void mdl_regexp_unprepare_map(void *state)
{
	struct regexp *by = state;
	for (size_t i = 0; i < 2; i++) {
		mdl_java_regex_free(by[i].re);
		mdl_buf_free(&by[i].pattern);
	}
	free(by);
}

/* False after a failure: a key that comes twice. */
static bool add_pair(struct mdl_fn_ctx *ctx, struct mdl_vec *out, size_t row, const struct mdl_slice *kv,
		     uint32_t parts, struct mdl_grow *keys, struct mdl_grow *values)
{
	for (size_t i = out->span[row].at; i < keys->n; i++)
		if (mdl_slice_eq(keys->v->str[i], kv[0])) {
			mdl_fn_fail(ctx, out, row, "DUPLICATED_MAP_KEY",
				    "Duplicate map key %.*s was found, please check the input data.",
				    (int)(kv[0].n < 100 ? kv[0].n : 100), kv[0].p);
			return false;
		}
	size_t at = mdl_grow_row(keys); /* may move the vector's array */
	keys->v->str[at] = kv[0];
	if (parts < 2) {
		mdl_grow_null(values);
		return true;
	}
	at = mdl_grow_row(values);
	values->v->str[at] = kv[1];
	return true;
}

void mdl_regexp_f_str_to_map(MDL_FN_PARAMS)
{
	struct mdl_grow keys, values;
	struct regexp *state = ctx->state;
	mdl_grow_init(&keys, ctx, &mdl_type_string, n);
	mdl_grow_init(&values, ctx, &mdl_type_string, n);
	MDL_EACH(row, sel, n)
	{
		struct mdl_slice s = mdl_arg_str(args, 0, row);
		struct mdl_slice by[2] = {MDL_SLICE(","), MDL_SLICE(":")}, kv[2];
		struct mdl_java_regex *re[2];
		for (size_t i = 1; i < nargs; i++)
			by[i - 1] = mdl_arg_str(args, i, row);
		out->span[row] = (struct mdl_span){(uint32_t)keys.n, 0};
		for (size_t i = 0; i < 2; i++)
			re[i] = compiled(ctx, &state[i], by[i], row, out);
		if (!re[0] || !re[1])
			continue;
		uint32_t pairs = split_row(re[0], by[0].n == 0, s, -1, NULL);
		struct mdl_slice *pair = mdl_arena_alloc(ctx->arena, (pairs + 1) * sizeof(*pair));
		split_row(re[0], by[0].n == 0, s, -1, pair);
		for (uint32_t i = 0; i < pairs; i++)
			if (!add_pair(ctx, out, row, kv, split_row(re[1], by[1].n == 0, pair[i], 2, kv),
				      &keys, &values))
				break;
		out->span[row].n = (uint32_t)keys.n - out->span[row].at;
	}
	mdl_grow_finish(out, ctx->arena, &keys, &values);
}
