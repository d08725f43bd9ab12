/* SPDX-License-Identifier: MIT
 *
 * Functions that look into texts of JSON: get_json_object and its like, and to_json.
 * A text is checked by the record scanner as the only member of an object.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "sql/func_option.h"
#include "sql/func_timetext.h"
#include "json/jackson.h"
#include "json/scan.h"
#include "json/text.h"

struct json_state {
	struct mdl_scan *scan;
	struct mdl_buf wrapped, out;
};

static int prepare(struct mdl_call *call, struct mdl_err *err)
{
	static const char *const path[] = {"v"};
	struct mdl_scan *scan = mdl_scan_new(path, 1, err);
	if (!scan)
		return -1;
	struct json_state *st = mdl_zalloc(sizeof(*st));
	st->scan = scan;
	mdl_buf_init(&st->wrapped, 1 << 30);
	mdl_buf_init(&st->out, 1 << 30);
	call->state = st;
	return 0;
}

static void unprepare(void *state)
{
	struct json_state *st = state;
	mdl_scan_free(st->scan);
	mdl_buf_free(&st->wrapped);
	mdl_buf_free(&st->out);
	free(st);
}

/* The value of the text; valid until the next call. False: no JSON. */
static bool parse(struct json_state *st, struct mdl_slice s, struct mdl_json_value *v)
{
	mdl_buf_clear(&st->wrapped);
	mdl_buf_puts(&st->wrapped, "{\"v\":");
	if (!mdl_jackson_first(&st->wrapped, s, false))
		return false;
	mdl_buf_putc(&st->wrapped, '}');
	if (st->wrapped.toobig)
		return false;
	return mdl_scan_line(st->scan, mdl_buf_slice(&st->wrapped), v, NULL, NULL) == MDL_SCAN_OK &&
	       v->kind != MDL_JSON_MISSING;
}

/* ---- get_json_object ---- */

struct step {
	struct mdl_slice name; /* p NULL: an index */
	int64_t index;         /* -1: all */
};

enum { MAX_STEPS = 64 };

/* "$.a['b'][0][*]"; -1: not a path. */
static int read_path(struct mdl_slice s, struct step *steps)
{
	int n = 0;
	const char *p = s.p, *end = s.p + s.n;
	if (p == end || *p++ != '$')
		return -1;
	while (p < end) {
		if (n == MAX_STEPS)
			return -1;
		struct step *st = &steps[n++];
		*st = (struct step){{NULL, 0}, 0};
		if (*p == '.') {
			const char *from = ++p;
			while (p < end && *p != '.' && *p != '[')
				p++;
			if (p == from)
				return -1;
			st->name = (struct mdl_slice){from, (size_t)(p - from)};
			continue;
		}
		if (*p++ != '[' || p == end)
			return -1;
		if (*p == '\'') {
			const char *from = ++p, *quote = memchr(p, '\'', (size_t)(end - p));
			if (!quote || quote + 1 >= end || quote[1] != ']')
				return -1;
			st->name = (struct mdl_slice){from, (size_t)(quote - from)};
			p = quote + 2;
		} else if (*p == '*') {
			st->index = -1;
			if (++p == end || *p++ != ']')
				return -1;
		} else {
			const char *from = p;
			for (; p < end && *p >= '0' && *p <= '9' && st->index < 100000000; p++)
				st->index = st->index * 10 + (*p - '0');
			if (p == from || p == end || *p++ != ']')
				return -1;
		}
	}
	return n;
}

static bool named(const struct mdl_json_iter *it, struct mdl_slice name)
{
	if (!it->name_escaped)
		return mdl_slice_eq(it->name, name);
	struct mdl_buf b = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	mdl_json_unescape(&b, it->name);
	bool same = mdl_slice_eq(mdl_buf_slice(&b), name);
	mdl_buf_free(&b);
	return same;
}

/* Append what STEPS find in V, separated by commas; returns how many. */
static int walk(struct mdl_buf *b, const struct mdl_json_value *v, const struct step *steps, int n, int found,
		struct mdl_json_value *last)
{
	if (n == 0) {
		if (v->kind == MDL_JSON_NULL && found == 0 && steps)
			return found;
		if (found)
			mdl_buf_putc(b, ',');
		mdl_jackson_write(b, v, true);
		*last = *v;
		return found + 1;
	}
	struct mdl_json_iter it;
	bool by_name = steps->name.p != NULL;
	if (v->kind != (by_name ? MDL_JSON_OBJECT : MDL_JSON_ARRAY))
		return found;
	mdl_json_iter_init(&it, v);
	for (int64_t i = 0; mdl_json_iter_next(&it); i++) {
		if (by_name && named(&it, steps->name))
			return walk(b, &it.value, steps + 1, n - 1, found, last);
		if (!by_name && steps->index == -1)
			found = walk(b, &it.value, steps + 1, n - 1, found, last);
		else if (!by_name && steps->index == i)
			return walk(b, &it.value, steps + 1, n - 1, found, last);
	}
	return found;
}

static void f_get(MDL_FN_PARAMS)
{
	(void)nargs;
	struct json_state *st = ctx->state;
	struct step steps[MAX_STEPS];
	MDL_EACH(row, sel, n)
	{
		struct mdl_json_value v = {0}, last = {0};
		int k = read_path(mdl_arg_str(args, 1, row), steps);
		mdl_buf_clear(&st->out);
		int found = k >= 0 && parse(st, mdl_arg_str(args, 0, row), &v)
				    ? walk(&st->out, &v, steps, k, 0, &last)
				    : 0;
		if (k == 0 && found == 0 && v.kind == MDL_JSON_NULL) { /* the text is null, not its value */
			out->str[row] = MDL_SLICE("null");
			continue;
		}
		if (found == 0 || (k > 0 && found == 1 && last.kind == MDL_JSON_NULL)) {
			out->valid[row] = 0;
			continue;
		}
		if (found == 1 && last.kind == MDL_JSON_STRING) {
			mdl_buf_clear(&st->out);
			mdl_json_unescape(&st->out, (struct mdl_slice){last.p, last.n});
		}
		struct mdl_slice s = mdl_buf_slice(&st->out);
		out->str[row] = found == 1
					? mdl_arena_slice(ctx->arena, s)
					: mdl_slice_of(mdl_arena_printf(ctx->arena, "[%.*s]", (int)s.n, s.p));
	}
}

static void f_array_length(MDL_FN_PARAMS)
{
	(void)nargs;
	MDL_EACH(row, sel, n)
	{
		struct mdl_json_value v;
		struct mdl_json_iter it;
		if (!parse(ctx->state, mdl_arg_str(args, 0, row), &v) || v.kind != MDL_JSON_ARRAY) {
			out->valid[row] = 0;
			continue;
		}
		mdl_json_iter_init(&it, &v);
		for (out->i64[row] = 0; mdl_json_iter_next(&it);)
			out->i64[row]++;
	}
}

static int need_text(struct mdl_call *call, struct mdl_err *err)
{
	if (call->args[0]->kind == MDL_T_STRING || call->args[0]->kind == MDL_T_NULL)
		return 0;
	return mdl_list_mismatch(call, "UNEXPECTED_INPUT_TYPE",
				 "the first parameter requires the \"STRING\" type", err);
}

static int resolve_length(struct mdl_call *call, struct mdl_err *err)
{
	if (need_text(call, err) < 0)
		return -1;
	call->args[0] = &mdl_type_string;
	call->result = &mdl_type_int;
	return prepare(call, err);
}

static int resolve_keys(struct mdl_call *call, struct mdl_err *err)
{
	if (need_text(call, err) < 0)
		return -1;
	call->args[0] = &mdl_type_string;
	call->result = mdl_type_array(call->arena, &mdl_type_string);
	return prepare(call, err);
}

static void f_object_keys(MDL_FN_PARAMS)
{
	(void)nargs;
	size_t total = 0, most = 0;
	MDL_EACH(row, sel, n)
	most += mdl_arg_str(args, 0, row).n / 4 + 1; /* a member takes five bytes and more */
	struct mdl_vec *child = mdl_vec_new(ctx->arena, &mdl_type_string, most);
	memset(child->valid, 1, most);
	out->child = mdl_arena_alloc(ctx->arena, 2 * sizeof(*out->child));
	out->child[0] = child;
	MDL_EACH(row, sel, n)
	{
		struct mdl_json_value v;
		struct mdl_json_iter it;
		out->span[row] = (struct mdl_span){(uint32_t)total, 0};
		if (!parse(ctx->state, mdl_arg_str(args, 0, row), &v) || v.kind != MDL_JSON_OBJECT) {
			out->valid[row] = 0;
			continue;
		}
		mdl_json_iter_init(&it, &v);
		while (mdl_json_iter_next(&it)) {
			char *p = mdl_arena_alloc(ctx->arena, it.name.n + 1);
			child->str[total++] = (struct mdl_slice){p, mdl_json_unescape_to(p, it.name)};
		}
		out->span[row].n = (uint32_t)total - out->span[row].at;
	}
}

static int resolve_to_json(struct mdl_call *call, struct mdl_err *err)
{
	struct mdl_option *o = mdl_arena_zalloc(call->arena, sizeof(*o));
	call->state = o;
	call->result = &mdl_type_string;
	if (call->args[0]->kind == MDL_T_NULL)
		call->args[0] = &mdl_type_string;
	if (mdl_option_read(call, 1, o, err) < 0)
		return -1;
	if (!o->timestamp &&
	    !(o->timestamp = mdl_pattern_new(call->arena, MDL_SLICE("yyyy-MM-dd'T'HH:mm:ss.SSSXXXXX"), err)))
		return -1;
	if (!o->timestamp_ntz &&
	    !(o->timestamp_ntz = mdl_pattern_new(call->arena, MDL_SLICE("yyyy-MM-dd'T'HH:mm:ss.SSS"), err)))
		return -1;
	return 0;
}

static void f_to_json(MDL_FN_PARAMS)
{
	const struct mdl_option *o = ctx->state;
	const struct mdl_json_style st = {.zone = mdl_timetext_zone(ctx),
					  .to_json = true,
					  .keep_null = o->keep_null,
					  .date = o->date,
					  .timestamp = o->timestamp,
					  .timestamp_ntz = o->timestamp_ntz};
	struct mdl_buf b = MDL_BUF_INIT(1 << 30);
	(void)nargs;
	MDL_EACH(row, sel, n)
	{
		mdl_buf_clear(&b);
		mdl_vec_to_json_as(&b, args[0], row, &st);
		out->str[row] = mdl_arena_slice(ctx->arena, mdl_buf_slice(&b));
	}
	mdl_buf_free(&b);
}

enum { S = MDL_FN_STRICT, C = MDL_FN_COSTLY };

const struct mdl_fn mdl_func_json[] = {
	{"get_json_object", 2, 2, S | C, "STRING,STRING:STRING", prepare, unprepare, f_get},
	{"json_array_length", 1, 1, S | C, NULL, resolve_length, unprepare, f_array_length},
	{"json_object_keys", 1, 1, S | C, NULL, resolve_keys, unprepare, f_object_keys},
	{"to_json", 1, 2, S | C, NULL, resolve_to_json, NULL, f_to_json},
	{NULL, 0, 0, 0, NULL, NULL, NULL, NULL},
};
