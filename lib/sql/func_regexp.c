/* SPDX-License-Identifier: MIT
 *
 * Regular expressions: see func_regexp.h.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "sql/func_regexp.h"

#include <pcre2.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "sql/vec_grow.h"

/* The state of a call: the last pattern seen and what it compiled to. */
struct regexp {
	struct mdl_buf pattern;
	pcre2_code *code;
	pcre2_match_data *match;
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
	pcre2_match_data_free(re->match);
	pcre2_code_free(re->code);
	mdl_buf_free(&re->pattern);
	free(re);
}

/* The pattern of ROW, compiled; NULL after the failure was entered. */
static struct regexp *ready(struct mdl_fn_ctx *ctx, struct mdl_vec *const *args, size_t row,
			    struct mdl_vec *out)
{
	struct regexp *re = ctx->state;
	struct mdl_slice p = mdl_arg_str(args, 1, row);
	if (!re->set || !mdl_slice_eq(mdl_buf_slice(&re->pattern), p)) {
		int code;
		PCRE2_SIZE at;
		pcre2_match_data_free(re->match);
		pcre2_code_free(re->code);
		re->match = NULL;
		mdl_buf_clear(&re->pattern);
		mdl_buf_puts_slice(&re->pattern, p);
		re->set = true;
		re->code = pcre2_compile((PCRE2_SPTR)mdl_buf_cstr(&re->pattern), p.n,
					 PCRE2_UTF | PCRE2_NO_UTF_CHECK | PCRE2_ALLOW_EMPTY_CLASS, &code, &at,
					 NULL);
		if (re->code) {
			pcre2_jit_compile(re->code, PCRE2_JIT_COMPLETE);
			re->match = pcre2_match_data_create_from_pattern(re->code, NULL);
		}
	}
	if (re->code)
		return re;
	mdl_fn_fail(ctx, out, row, "INVALID_PARAMETER_VALUE.PATTERN",
		    "The value of the parameter is invalid: it expects a regular expression, but got '%.*s'.",
		    (int)(p.n < 200 ? p.n : 200), p.p);
	return NULL;
}

/* The next match at or after AT; false when there is none. Ends are in ov[0], ov[1]. */
static bool find(struct regexp *re, struct mdl_slice s, size_t at, const PCRE2_SIZE **ov)
{
	if (at > s.n ||
	    pcre2_match(re->code, (PCRE2_SPTR)s.p, s.n, at, PCRE2_NO_UTF_CHECK, re->match, NULL) < 0)
		return false;
	*ov = pcre2_get_ovector_pointer(re->match);
	return (*ov)[0] <= (*ov)[1];
}

/* Where to look after a match: behind it, and one character on if it was empty. */
static size_t after(struct mdl_slice s, const PCRE2_SIZE *ov)
{
	return ov[1] > ov[0] ? ov[1] : ov[1] < s.n ? ov[1] + mdl_text_step(s.p + ov[1]) : s.n + 1;
}

void mdl_regexp_f_like(MDL_FN_PARAMS)
{
	(void)nargs;
	const PCRE2_SIZE *ov;
	MDL_EACH(row, sel, n)
	{
		struct regexp *re = ready(ctx, args, row, out);
		if (re)
			out->b8[row] = find(re, mdl_arg_str(args, 0, row), 0, &ov);
	}
}

void mdl_regexp_f_count(MDL_FN_PARAMS)
{
	(void)nargs;
	const PCRE2_SIZE *ov;
	MDL_EACH(row, sel, n)
	{
		struct regexp *re = ready(ctx, args, row, out);
		struct mdl_slice s = mdl_arg_str(args, 0, row);
		out->i64[row] = 0;
		for (size_t at = 0; re && find(re, s, at, &ov); at = after(s, ov))
			out->i64[row]++;
	}
}

void mdl_regexp_f_instr(MDL_FN_PARAMS)
{
	(void)nargs;
	const PCRE2_SIZE *ov;
	MDL_EACH(row, sel, n)
	{
		struct regexp *re = ready(ctx, args, row, out);
		struct mdl_slice s = mdl_arg_str(args, 0, row);
		if (re)
			out->i64[row] =
				find(re, s, 0, &ov) ? mdl_text_chars((struct mdl_slice){s.p, ov[0]}) + 1 : 0;
	}
}

void mdl_regexp_f_substr(MDL_FN_PARAMS)
{
	(void)nargs;
	const PCRE2_SIZE *ov;
	MDL_EACH(row, sel, n)
	{
		struct regexp *re = ready(ctx, args, row, out);
		struct mdl_slice s = mdl_arg_str(args, 0, row);
		if (re && find(re, s, 0, &ov))
			out->str[row] = (struct mdl_slice){s.p + ov[0], ov[1] - ov[0]};
		else
			out->valid[row] = 0;
	}
}

static uint32_t groups(const struct regexp *re)
{
	uint32_t k = 0;
	pcre2_pattern_info(re->code, PCRE2_INFO_CAPTURECOUNT, &k);
	return k;
}

void mdl_regexp_f_extract(MDL_FN_PARAMS)
{
	const PCRE2_SIZE *ov;
	MDL_EACH(row, sel, n)
	{
		struct regexp *re = ready(ctx, args, row, out);
		struct mdl_slice s = mdl_arg_str(args, 0, row);
		int64_t g = nargs > 2 ? mdl_arg_int(args, 2, row) : 1;
		if (!re)
			continue;
		out->str[row] = MDL_SLICE("");
		if (!find(re, s, 0, &ov))
			continue;
		if (g < 0 || g > groups(re))
			mdl_fn_fail(
				ctx, out, row, "INVALID_PARAMETER_VALUE.REGEX_GROUP_INDEX",
				"The value of parameter(s) `idx` in `regexp_extract` is invalid: Expects group index between 0 "
				"and %u, but got %lld.",
				groups(re), (long long)g);
		else if (ov[2 * g] != PCRE2_UNSET)
			out->str[row] = (struct mdl_slice){s.p + ov[2 * g], ov[2 * g + 1] - ov[2 * g]};
	}
}

/* Group IDX of each match; a group that took no part is empty. */
void mdl_regexp_f_extract_all(MDL_FN_PARAMS)
{
	const PCRE2_SIZE *ov;
	struct mdl_grow grow;
	mdl_grow_init(&grow, ctx, &mdl_type_string, n);
	MDL_EACH(row, sel, n)
	{
		struct regexp *re = ready(ctx, args, row, out);
		struct mdl_slice s = mdl_arg_str(args, 0, row);
		int64_t g = nargs > 2 ? mdl_arg_int(args, 2, row) : 1;
		out->span[row] = (struct mdl_span){(uint32_t)grow.n, 0};
		if (!re)
			continue;
		for (size_t at = 0; find(re, s, at, &ov); at = after(s, ov)) {
			if (g < 0 || g > groups(re)) {
				mdl_fn_fail(
					ctx, out, row, "INVALID_PARAMETER_VALUE.REGEX_GROUP_INDEX",
					"The value of parameter(s) `idx` in `regexp_extract_all` is invalid: Expects group "
					"index between 0 and %u, but got %lld.",
					groups(re), (long long)g);
				break;
			}
			bool took = ov[2 * g] != PCRE2_UNSET;
			size_t k = mdl_grow_row(&grow);
			grow.v->str[k] = took ? (struct mdl_slice){s.p + ov[2 * g], ov[2 * g + 1] - ov[2 * g]}
					      : MDL_SLICE("");
		}
		out->span[row].n = (uint32_t)grow.n - out->span[row].at;
	}
	mdl_grow_finish(out, ctx->arena, &grow, NULL);
}

/* Java's replacement: $1, ${name}, backslash quotes. False: refers to no group. */
static bool put_replacement(struct mdl_buf *b, const struct regexp *re, struct mdl_slice s,
			    const PCRE2_SIZE *ov, struct mdl_slice with)
{
	uint32_t most = groups(re);
	for (size_t i = 0; i < with.n; i++) {
		char c = with.p[i];
		if (c == '\\' && i + 1 < with.n) {
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
			int k = pcre2_substring_number_from_name(re->code, (PCRE2_SPTR)name);
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
		if (ov[2 * g] != PCRE2_UNSET)
			mdl_buf_put(b, s.p + ov[2 * g], ov[2 * g + 1] - ov[2 * g]);
	}
	return true;
}

void mdl_regexp_f_replace(MDL_FN_PARAMS)
{
	struct mdl_buf b = MDL_BUF_INIT(1 << 30);
	MDL_EACH(row, sel, n)
	{
		struct regexp *re = ready(ctx, args, row, out);
		struct mdl_slice s = mdl_arg_str(args, 0, row), with = mdl_arg_str(args, 2, row);
		int64_t pos = nargs > 3 ? mdl_arg_int(args, 3, row) : 1;
		if (!re)
			continue;
		out->str[row] = s;
		const PCRE2_SIZE *ov;
		size_t copied = 0;
		bool ok = true;
		mdl_buf_clear(&b);
		for (size_t at = pos > 1 ? mdl_text_offset(s, pos - 1) : 0; ok && find(re, s, at, &ov);
		     at = after(s, ov)) {
			mdl_buf_put(&b, s.p + copied, ov[0] - copied);
			copied = ov[1];
			ok = put_replacement(&b, re, s, ov, with);
		}
		if (!ok) {
			mdl_fn_fail(ctx, out, row, "INVALID_PARAMETER_VALUE.REGEX_GROUP_INDEX",
				    "The replacement refers to a group that the pattern does not have.");
			continue;
		}
		if (copied == 0 && b.n == 0)
			continue;
		mdl_buf_put(&b, s.p + copied, s.n - copied);
		out->str[row] = mdl_arena_slice(ctx->arena, mdl_buf_slice(&b));
	}
	mdl_buf_free(&b);
}

/* Java's String.split with a limit: an empty match at the start gives no part. */
static uint32_t split_row(struct regexp *re, struct mdl_slice s, int64_t limit, struct mdl_slice *parts)
{
	const PCRE2_SIZE *ov;
	uint32_t k = 0;
	size_t from = 0;
	for (size_t at = 0; (limit <= 0 || k < limit - 1) && find(re, s, at, &ov); at = after(s, ov)) {
		if (ov[1] == 0 || (ov[0] == ov[1] && ov[0] >= s.n))
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
		struct regexp *re = ready(ctx, args, row, out);
		out->span[row] = (struct mdl_span){(uint32_t)total, 0};
		if (re)
			out->span[row].n = split_row(re, mdl_arg_str(args, 0, row),
						     nargs > 2 ? mdl_arg_int(args, 2, row) : -1, NULL);
		total += out->span[row].n;
	}
	struct mdl_vec *child = mdl_vec_new(ctx->arena, &mdl_type_string, total + 1);
	memset(child->valid, 1, total + 1);
	out->child = mdl_arena_alloc(ctx->arena, 2 * sizeof(*out->child));
	out->child[0] = child;
	MDL_EACH(row, sel, n)
	{
		struct regexp *re = out->span[row].n ? ready(ctx, args, row, out) : NULL;
		if (re)
			split_row(re, mdl_arg_str(args, 0, row), nargs > 2 ? mdl_arg_int(args, 2, row) : -1,
				  child->str + out->span[row].at);
	}
}
