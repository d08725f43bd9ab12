/* SPDX-License-Identifier: MIT
 *
 * from_json and schema_of_json. Values convert by the rules of the JSON reader; a
 * member that does not convert is NULL, an array or map with such an element is NULL
 * as a whole, a text that is no JSON is a row of NULLs.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "sql/func_option.h"
#include "sql/func_timetext.h"
#include "sql/json_column.h"
#include "sql/json_infer.h"
#include "json/jackson.h"
#include "json/scan.h"
#include "json/text.h"

struct from_json {
	struct mdl_scan *scan;
	struct mdl_buf wrapped;
	struct mdl_option o;
};

static int prepare(struct mdl_call *call, size_t options, struct mdl_err *err)
{
	static const char *const path[] = {"v"};
	struct mdl_option o;
	if (mdl_option_read(call, options, &o, err) < 0)
		return -1;
	struct mdl_scan *scan = mdl_scan_new(path, 1, err);
	if (!scan)
		return -1;
	struct from_json *st = mdl_zalloc(sizeof(*st));
	st->scan = scan;
	st->o = o;
	mdl_buf_init(&st->wrapped, 1 << 30);
	call->state = st;
	return 0;
}

static void unprepare(void *state)
{
	struct from_json *st = state;
	mdl_scan_free(st->scan);
	mdl_buf_free(&st->wrapped);
	free(st);
}

/* The value of the text, in memory that stays; false: no JSON. */
static bool parse(struct from_json *st, struct mdl_arena *a, struct mdl_slice s, struct mdl_json_value *v)
{
	mdl_buf_clear(&st->wrapped);
	mdl_buf_puts(&st->wrapped, "{\"v\":");
	if (!mdl_jackson_first(&st->wrapped, s, true))
		return false;
	mdl_buf_putc(&st->wrapped, '}');
	struct mdl_slice line = mdl_arena_slice(a, mdl_buf_slice(&st->wrapped));
	return !st->wrapped.toobig && mdl_scan_line(st->scan, line, v, NULL, NULL) == MDL_SCAN_OK &&
	       v->kind != MDL_JSON_MISSING;
}

/* ---- values ---- */

struct reader {
	const struct mdl_fn_ctx *ctx;
	const struct mdl_option *o;
	bool bad; /* something did not convert */
};

static const struct mdl_pattern *pattern_for(const struct reader *r, const struct mdl_type *t)
{
	return t->kind == MDL_T_DATE            ? r->o->date
	       : t->kind == MDL_T_TIMESTAMP     ? r->o->timestamp
	       : t->kind == MDL_T_TIMESTAMP_NTZ ? r->o->timestamp_ntz
						: NULL;
}

/* Convert a scalar to row 0 of V. */
static bool scalar(struct reader *r, const struct mdl_json_value *j, struct mdl_vec *v)
{
	const struct mdl_pattern *p = pattern_for(r, v->type);
	uint8_t bad = 0;
	/* What is no string is one as Jackson writes it. */
	if (v->type->kind == MDL_T_STRING && j->kind != MDL_JSON_STRING && j->kind > MDL_JSON_NULL) {
		struct mdl_buf b = MDL_BUF_INIT(1 << 30);
		mdl_jackson_write(&b, j, false);
		v->str[0] = mdl_arena_slice(r->ctx->arena, mdl_buf_slice(&b));
		v->valid[0] = 1;
		mdl_buf_free(&b);
		return true;
	}
	if (!p || j->kind != MDL_JSON_STRING) {
		mdl_json_to_column(j, NULL, 1, r->ctx->session->timezone, r->ctx->arena, v, &bad);
		return !bad;
	}
	char *d = mdl_arena_alloc(r->ctx->arena, j->n + 1);
	struct mdl_slice s = {d, mdl_json_unescape_to(d, (struct mdl_slice){j->p, j->n})};
	v->valid[0] = mdl_timetext_read(p, s, v->type->kind, mdl_timetext_zone(r->ctx), &v->i64[0]);
	return v->valid[0];
}

/* Does J convert but for members of structs? */
static bool fits(struct reader *r, const struct mdl_type *t, const struct mdl_json_value *j)
{
	struct mdl_json_iter it;
	if (j->kind <= MDL_JSON_NULL)
		return true;
	if (!mdl_type_is_complex(t))
		return scalar(r, j, mdl_vec_new(r->ctx->arena, t, 1));
	if (j->kind != (t->kind == MDL_T_ARRAY ? MDL_JSON_ARRAY : MDL_JSON_OBJECT))
		return false;
	mdl_json_iter_init(&it, j);
	while (t->kind != MDL_T_STRUCT && mdl_json_iter_next(&it))
		if (!fits(r, t->element, &it.value))
			return false;
	return true;
}

static void add(struct reader *r, struct mdl_grow *g, const struct mdl_json_value *j);

static void add_struct(struct reader *r, struct mdl_grow *g, const struct mdl_json_value *j)
{
	const struct mdl_type *t = g->v->type;
	struct mdl_json_value *found = mdl_arena_zalloc(r->ctx->arena, (t->nfields + 1) * sizeof(*found));
	struct mdl_json_iter it;
	mdl_json_iter_init(&it, j);
	while (mdl_json_iter_next(&it)) {
		char *d = it.name_escaped ? mdl_arena_alloc(r->ctx->arena, it.name.n + 1) : NULL;
		struct mdl_slice name = d ? (struct mdl_slice){d, mdl_json_unescape_to(d, it.name)} : it.name;
		for (size_t i = 0; i < t->nfields; i++)
			if (mdl_slice_eq(t->fields[i].name, name))
				found[i] = it.value;
	}
	mdl_grow_row(g);
	for (size_t i = 0; i < t->nfields; i++)
		add(r, &g->child[i], &found[i]);
}

static void add(struct reader *r, struct mdl_grow *g, const struct mdl_json_value *j)
{
	const struct mdl_type *t = g->v->type;
	struct mdl_json_iter it;
	if (j->kind <= MDL_JSON_NULL) {
		mdl_grow_null(g);
	} else if (!fits(r, t, j)) {
		r->bad = true;
		mdl_grow_null(g);
	} else if (t->kind == MDL_T_STRUCT) {
		add_struct(r, g, j);
	} else if (mdl_type_is_complex(t)) {
		mdl_grow_open(g);
		mdl_json_iter_init(&it, j);
		while (mdl_json_iter_next(&it)) {
			if (t->kind == MDL_T_MAP) {
				struct mdl_json_value key = {it.name.p, (uint32_t)it.name.n, MDL_JSON_STRING,
							     it.name_escaped};
				add(r, &g->child[0], &key);
			}
			add(r, &g->child[t->kind == MDL_T_MAP], &it.value);
		}
		mdl_grow_close(g);
	} else {
		struct mdl_vec *v = mdl_vec_new(r->ctx->arena, t, 1);
		scalar(r, j, v);
		mdl_grow_add(g, v, 0);
	}
}

/* The root: an object serves as the only element of an array. */
static void add_root(struct reader *r, struct mdl_grow *g, const struct mdl_json_value *j)
{
	const struct mdl_type *t = g->v->type;
	if (t->kind == MDL_T_ARRAY && t->element->kind == MDL_T_STRUCT && j->kind == MDL_JSON_OBJECT) {
		mdl_grow_open(g);
		add(r, &g->child[0], j);
		mdl_grow_close(g);
		return;
	}
	if (t->kind == MDL_T_STRUCT && j->kind != MDL_JSON_OBJECT) {
		r->bad = true;
		mdl_grow_null(g);
		return;
	}
	add(r, g, j);
}

static int resolve_from_json(struct mdl_call *call, struct mdl_err *err)
{
	call->result = mdl_option_schema(call, 1, false, err);
	if (!call->result)
		return -1;
	if (!mdl_type_is_complex(call->result))
		return mdl_list_mismatch(call, "INVALID_JSON_SCHEMA",
					 "the schema must be a \"STRUCT\", an \"ARRAY\" or a \"MAP\"", err);
	call->args[0] = &mdl_type_string;
	return prepare(call, 2, err);
}

/* A struct that was no JSON at all has NULL members; its text goes to the member for corrupt records. */
static void repair(struct mdl_vec *out, size_t row, struct mdl_slice s, const struct mdl_option *o)
{
	const struct mdl_type *t = out->type;
	for (size_t i = 0; i < t->nfields; i++) {
		if (!out->valid[row])
			out->child[i]->valid[row] = 0;
		if (t->fields[i].type->kind == MDL_T_STRING && mdl_slice_eq(t->fields[i].name, o->corrupt)) {
			out->child[i]->valid[row] = 1;
			out->child[i]->str[row] = s;
		}
	}
	out->valid[row] = 1;
}

static void f_from_json(MDL_FN_PARAMS)
{
	struct from_json *st = ctx->state;
	struct reader r = {.ctx = ctx, .o = &st->o};
	struct mdl_grow g;
	(void)nargs;
	mdl_grow_init(&g, ctx, out->type, n);
	MDL_EACH(row, sel, n)
	{
		struct mdl_slice s = mdl_arg_str(args, 0, row);
		struct mdl_json_value v;
		r.bad = false;
		if (!s.n || strspn(s.p, " \t\r\n") >= s.n) {
			out->valid[row] = 0;
			continue;
		}
		if (parse(st, ctx->arena, s, &v)) {
			add_root(&r, &g, &v);
		} else {
			r.bad = true;
			mdl_grow_null(&g);
		}
		mdl_vec_copy(out, row, g.v, g.n - 1);
		if (r.bad && st->o.failfast)
			mdl_fn_fail(ctx, out, row, "MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION",
				    "Malformed records are detected in record parsing: %.*s.",
				    (int)(s.n < 100 ? s.n : 100), s.p);
		else if (r.bad && out->type->kind == MDL_T_STRUCT)
			repair(out, row, s, &st->o);
	}
	if (out->type->kind != MDL_T_STRUCT)
		out->child = g.v->child;
}

/* ---- schema_of_json ---- */

static int resolve_schema(struct mdl_call *call, struct mdl_err *err)
{
	const struct mdl_vec *c = call->consts[0];
	call->result = &mdl_type_string;
	if (call->args[0]->kind == MDL_T_NULL || (c && !c->valid[0]))
		return mdl_list_mismatch(call, "UNEXPECTED_NULL", "the `json` must not be null", err);
	if (call->args[0]->kind != MDL_T_STRING)
		return mdl_list_mismatch(call, "UNEXPECTED_INPUT_TYPE",
					 "the first parameter requires the \"STRING\" type", err);
	if (!c)
		return mdl_list_mismatch(call, "NON_FOLDABLE_INPUT",
					 "the input `json` should be a foldable \"STRING\" expression", err);
	return prepare(call, 1, err);
}

static void f_schema(MDL_FN_PARAMS)
{
	struct from_json *st = ctx->state;
	(void)nargs;
	MDL_EACH(row, sel, n)
	{
		struct mdl_json_value v;
		struct mdl_buf b = MDL_BUF_INIT(1 << 24);
		struct mdl_slice s = mdl_arg_str(args, 0, row);
		if (strspn(s.n ? s.p : "", " \t\r\n") >= s.n)
			mdl_buf_puts(&b, "STRING");
		else if (parse(st, ctx->arena, s, &v))
			mdl_type_ddl(&b, mdl_json_infer_settle(ctx->arena,
							       mdl_json_infer(ctx->arena, &v, st->o.strings,
									      st->o.decimals)));
		else
			mdl_fn_fail(ctx, out, row, "MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION",
				    "'%.*s' is no JSON", (int)(s.n < 100 ? s.n : 100), s.p);
		out->str[row] = mdl_arena_slice(ctx->arena, mdl_buf_slice(&b));
		mdl_buf_free(&b);
	}
}

enum { S = MDL_FN_STRICT, F = MDL_FN_CAN_FAIL, C = MDL_FN_COSTLY };

const struct mdl_fn mdl_func_fromjson[] = {
	{"from_json", 2, 3, S | F | C, NULL, resolve_from_json, unprepare, f_from_json},
	{"schema_of_json", 1, 2, S | F | C, NULL, resolve_schema, unprepare, f_schema},
	{NULL, 0, 0, 0, NULL, NULL, NULL, NULL},
};
