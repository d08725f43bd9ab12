/* SPDX-License-Identifier: MIT
 *
 * from_csv, to_csv, schema_of_csv: one record of text, by the rules of Spark's CSV
 * reader and writer.
 */
#include <string.h>

#include "base/num.h"
#include "base/timestamp.h"
#include "sql/cast.h"
#include "sql/cast_string.h"
#include "sql/cast_text.h"
#include "sql/func_option.h"
#include "sql/func_timetext.h"

struct csv {
	struct mdl_option o;
	struct mdl_session session; /* ANSI off: what does not convert is NULL */
};

static int prepare(struct mdl_call *call, size_t options, struct mdl_err *err)
{
	struct csv *st = mdl_arena_zalloc(call->arena, sizeof(*st));
	if (mdl_option_read(call, options, &st->o, err) < 0)
		return -1;
	st->session = *call->session;
	call->state = st;
	return 0;
}

/* The next field of *S, unquoted; false when there is none. *MORE: a separator stood behind it. */
static bool next_field(struct mdl_slice *s, const struct mdl_option *o, struct mdl_arena *a,
		       struct mdl_slice *field, bool *quoted, bool *more)
{
	if (!*more)
		return false;
	char *d = mdl_arena_alloc(a, s->n + 1);
	size_t n = 0, i = 0;
	*quoted = s->n && s->p[0] == o->quote;
	if (*quoted) {
		for (i = 1; i < s->n && s->p[i] != o->quote; i++) {
			if (s->p[i] == o->escape && i + 1 < s->n &&
			    (s->p[i + 1] == o->quote || s->p[i + 1] == o->escape))
				i++;
			d[n++] = s->p[i];
		}
		i += i < s->n;
		/* More behind the closing quote: the quotes are part of the text. */
		if (i < s->n &&
		    !(s->n - i >= o->separator.n && memcmp(s->p + i, o->separator.p, o->separator.n) == 0))
			n = i = 0;
	}
	while (i < s->n &&
	       !(s->n - i >= o->separator.n && memcmp(s->p + i, o->separator.p, o->separator.n) == 0))
		d[n++] = s->p[i++];
	*field = (struct mdl_slice){d, n};
	*more = i < s->n;
	i += *more ? o->separator.n : 0;
	*s = (struct mdl_slice){s->p + i, s->n - i};
	return true;
}

/* ---- from_csv ---- */

static int resolve_from_csv(struct mdl_call *call, struct mdl_err *err)
{
	call->result = mdl_option_schema(call, 1, true, err);
	if (!call->result)
		return -1;
	call->args[0] = &mdl_type_string;
	return prepare(call, 2, err);
}

static bool has_space(struct mdl_slice s)
{
	return s.n && ((unsigned char)s.p[0] <= ' ' || (unsigned char)s.p[s.n - 1] <= ' ');
}

/* The field as row ROW of V; false when it does not convert. */
static bool convert(struct mdl_fn_ctx *ctx, const struct mdl_option *o, struct mdl_slice s, struct mdl_vec *v,
		    size_t row)
{
	const struct mdl_type *t = v->type;
	const struct mdl_pattern *p = t->kind == MDL_T_DATE            ? o->date
				      : t->kind == MDL_T_TIMESTAMP     ? o->timestamp
				      : t->kind == MDL_T_TIMESTAMP_NTZ ? o->timestamp_ntz
								       : NULL;
	if (p)
		return (v->valid[row] =
				mdl_timetext_read(p, s, t->kind, mdl_timetext_zone(ctx), &v->i64[row]));
	uint8_t valid = 1;
	uint32_t one = (uint32_t)row;
	struct mdl_vec in = {.type = &mdl_type_string, .mask = 0, .valid = &valid, .str = &s};
	struct mdl_fn_ctx quiet = *ctx;
	quiet.quiet = true;
	if (mdl_type_is_complex(t) ||
	    (has_space(s) && (mdl_type_is_integral(t) || t->kind == MDL_T_BOOLEAN))) {
		v->valid[row] = 0;
		return false;
	}
	mdl_cast_eval(&quiet, &in, &one, 1, v);
	return v->valid[row];
}

static void f_from_csv(MDL_FN_PARAMS)
{
	const struct csv *st = ctx->state;
	const struct mdl_type *t = out->type;
	(void)nargs;
	MDL_EACH(row, sel, n)
	{
		struct mdl_slice whole = mdl_arg_str(args, 0, row), s = whole, f;
		bool more = true, bad = false, quoted;
		for (size_t i = 0; i < t->nfields; i++) {
			out->child[i]->valid[row] = 0;
			if (mdl_slice_eq(t->fields[i].name, st->o.corrupt) &&
			    t->fields[i].type->kind == MDL_T_STRING)
				continue;
			if (!next_field(&s, &st->o, ctx->arena, &f, &quoted, &more)) {
				bad = true;
				continue;
			}
			if (mdl_slice_eq(f, st->o.null_value) && !quoted)
				continue;
			bad |= !convert(ctx, &st->o, f, out->child[i], row);
		}
		bad |= more;
		for (size_t i = 0; i < t->nfields && bad; i++)
			if (mdl_slice_eq(t->fields[i].name, st->o.corrupt) &&
			    t->fields[i].type->kind == MDL_T_STRING) {
				out->child[i]->valid[row] = 1;
				out->child[i]->str[row] = whole;
			}
		if (bad && st->o.failfast)
			mdl_fn_fail(ctx, out, row, "MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION",
				    "Malformed records are detected in record parsing: %.*s.",
				    (int)(whole.n < 100 ? whole.n : 100), whole.p);
	}
}

/* ---- schema_of_csv ---- */

static int resolve_schema(struct mdl_call *call, struct mdl_err *err)
{
	const struct mdl_vec *c = call->consts[0];
	call->result = &mdl_type_string;
	if (call->args[0]->kind == MDL_T_NULL || (c && !c->valid[0]))
		return mdl_list_mismatch(call, "UNEXPECTED_NULL", "the `csv` must not be null", err);
	if (call->args[0]->kind != MDL_T_STRING)
		return mdl_list_mismatch(call, "UNEXPECTED_INPUT_TYPE",
					 "the first parameter requires the \"STRING\" type", err);
	if (!c)
		return mdl_list_mismatch(call, "NON_FOLDABLE_INPUT",
					 "the input `csv` should be a foldable \"STRING\" expression", err);
	return prepare(call, 1, err);
}

static const char *infer(struct mdl_slice s)
{
	int64_t i;
	double d;
	bool b;
	if (!s.n)
		return "STRING";
	if (!has_space(s) && mdl_num_parse_int64(s, &i) == MDL_NUM_OK)
		return i == (int32_t)i ? "INT" : "BIGINT";
	if (mdl_cast_string_double(s, false, &d))
		return "DOUBLE";
	if (mdl_timestamp_parse_date(s, &i) && s.n == 10)
		return "DATE";
	if (s.n > 10 && mdl_timestamp_parse(s, mdl_zone_utc, 0, &i))
		return "TIMESTAMP";
	if (s.n > 3 && mdl_cast_string_bool(s, &b))
		return "BOOLEAN";
	return "STRING";
}

static void f_schema(MDL_FN_PARAMS)
{
	const struct csv *st = ctx->state;
	(void)nargs;
	MDL_EACH(row, sel, n)
	{
		struct mdl_slice s = mdl_arg_str(args, 0, row), f;
		struct mdl_buf b = MDL_BUF_INIT(1 << 24);
		bool more = true, quoted;
		mdl_buf_puts(&b, "STRUCT<");
		for (int i = 0; next_field(&s, &st->o, ctx->arena, &f, &quoted, &more); i++)
			mdl_buf_printf(&b, "%s_c%d: %s", i ? ", " : "", i, infer(f));
		mdl_buf_putc(&b, '>');
		out->str[row] = mdl_arena_slice(ctx->arena, mdl_buf_slice(&b));
		mdl_buf_free(&b);
	}
}

/* ---- to_csv ---- */

static int resolve_to_csv(struct mdl_call *call, struct mdl_err *err)
{
	call->result = &mdl_type_string;
	if (call->args[0]->kind != MDL_T_STRUCT)
		return mdl_list_mismatch(call, "UNEXPECTED_INPUT_TYPE",
					 "the first parameter requires the \"STRUCT\" type", err);
	if (prepare(call, 1, err) < 0)
		return -1;
	struct csv *st = call->state;
	if (!st->o.timestamp &&
	    !(st->o.timestamp = mdl_pattern_new(call->arena, MDL_SLICE("yyyy-MM-dd'T'HH:mm:ss.SSSXXX"), err)))
		return -1;
	if (!st->o.timestamp_ntz && !(st->o.timestamp_ntz = mdl_pattern_new(
					      call->arena, MDL_SLICE("yyyy-MM-dd'T'HH:mm:ss.SSS"), err)))
		return -1;
	return 0;
}

/* WHOLE, with the white space round S, says whether quotes are needed. */
static void put_quoted(struct mdl_buf *b, const struct mdl_option *o, struct mdl_slice s,
		       struct mdl_slice whole)
{
	bool quote = !whole.n || memmem(whole.p, whole.n, o->separator.p, o->separator.n) ||
		     memchr(whole.p, o->quote, whole.n) || memchr(whole.p, '\n', whole.n) ||
		     memchr(whole.p, '\r', whole.n);
	if (quote)
		mdl_buf_putc(b, o->quote);
	for (size_t i = 0; i < s.n; i++) {
		if (quote && s.p[i] == o->quote)
			mdl_buf_putc(b, o->escape);
		mdl_buf_putc(b, s.p[i]);
	}
	if (quote)
		mdl_buf_putc(b, o->quote);
}

static void put_field(struct mdl_buf *b, const struct mdl_fn_ctx *ctx, const struct mdl_option *o,
		      const struct mdl_vec *v, size_t row)
{
	size_t r = mdl_row(v, row);
	const struct mdl_zone *z = mdl_timetext_zone(ctx);
	struct mdl_buf t = MDL_BUF_INIT(1 << 30);
	int64_t us;
	if (!v->valid[r]) {
		mdl_buf_puts_slice(b, o->null_value);
		return;
	}
	if (v->type->kind == MDL_T_TIMESTAMP)
		mdl_pattern_write(&t, o->timestamp, mdl_zone_to_local(z, v->i64[r]), z);
	else if (v->type->kind == MDL_T_TIMESTAMP_NTZ)
		mdl_pattern_write(&t, o->timestamp_ntz, v->i64[r], mdl_zone_utc);
	else if (v->type->kind == MDL_T_DATE && o->date &&
		 !__builtin_mul_overflow(v->i64[r], MDL_US_DAY, &us))
		mdl_pattern_write(&t, o->date, us, mdl_zone_utc);
	else
		mdl_cast_text_put(&t, v, r, z, true);
	/* As Spark's writer: without white space around. */
	struct mdl_slice s = mdl_buf_slice(&t);
	for (; s.n && (unsigned char)*s.p <= ' '; s.n--)
		s.p++;
	while (s.n && (unsigned char)s.p[s.n - 1] <= ' ')
		s.n--;
	put_quoted(b, o, s, mdl_buf_slice(&t));
	mdl_buf_free(&t);
}

static void f_to_csv(MDL_FN_PARAMS)
{
	const struct csv *st = ctx->state;
	struct mdl_buf b = MDL_BUF_INIT(1 << 30);
	(void)nargs;
	MDL_EACH(row, sel, n)
	{
		const struct mdl_vec *v = args[0];
		mdl_buf_clear(&b);
		for (size_t i = 0; i < v->type->nfields; i++) {
			if (i)
				mdl_buf_puts_slice(&b, st->o.separator);
			put_field(&b, ctx, &st->o, v->child[i], mdl_row(v, row));
		}
		out->str[row] = mdl_arena_slice(ctx->arena, mdl_buf_slice(&b));
	}
	mdl_buf_free(&b);
}

enum { S = MDL_FN_STRICT, F = MDL_FN_CAN_FAIL, C = MDL_FN_COSTLY };

const struct mdl_fn mdl_func_csv[] = {
	{"from_csv", 2, 3, S | F | C, NULL, resolve_from_csv, NULL, f_from_csv},
	{"schema_of_csv", 1, 2, S | C, NULL, resolve_schema, NULL, f_schema},
	{"to_csv", 1, 2, S | C, NULL, resolve_to_csv, NULL, f_to_csv},
	{NULL, 0, 0, 0, NULL, NULL, NULL, NULL},
};
