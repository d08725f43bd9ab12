/* SPDX-License-Identifier: MIT
 *
 * Primary expressions: literals, columns, calls and their special spellings, CASE,
 * CAST, parentheses, and the postfixes [i] .name ::type. Words that begin a
 * special form do so only where the form follows, so a column may be named date.
 */
#include <stdlib.h>
#include <string.h>

#include "sql/parse.h"
#include "sql/parser.h"

static struct mdl_expr *literal(struct mdl_parser *p, const struct mdl_type *type)
{
	struct mdl_expr *e = mdl_parser_node(p, MDL_E_LITERAL, mdl_parser_peek(p, 0)->pos);
	e->type = e->value.type = type;
	p->at++;
	return mdl_parser_close(p, e, NULL, 0);
}

static struct mdl_expr *string_literal(struct mdl_parser *p)
{
	struct mdl_slice s = mdl_parser_peek(p, 0)->text;
	struct mdl_expr *e = literal(p, &mdl_type_string);
	/* Adjacent strings are one, as in Spark. */
	while (mdl_parser_peek(p, 0)->kind == MDL_TK_STRING) {
		struct mdl_slice more = mdl_parser_peek(p, 0)->text;
		char *d = mdl_arena_alloc(p->a, s.n + more.n + 1);
		memcpy(d, s.p, s.n);
		memcpy(d + s.n, more.p, more.n);
		s = (struct mdl_slice){d, s.n + more.n};
		p->at++;
	}
	e->value.str = s;
	return mdl_parser_close(p, e, NULL, 0);
}

static struct mdl_expr *cast_to(struct mdl_parser *p, struct mdl_expr *arg, const struct mdl_type *type,
				uint32_t pos)
{
	struct mdl_expr *e = mdl_parser_node(p, MDL_E_CAST, pos);
	e->type = type;
	return mdl_parser_close(p, e, &arg, 1);
}

/* DATE '2024-01-01', TIMESTAMP '...', X'1F'. NULL without an error when it is none. */
static struct mdl_expr *typed_literal(struct mdl_parser *p)
{
	const struct mdl_token *t = mdl_parser_peek(p, 0);
	const struct mdl_type *type = NULL;
	if (mdl_parser_peek(p, 1)->kind != MDL_TK_STRING)
		return NULL;
	if (mdl_parser_is(p, 0, "DATE"))
		type = &mdl_type_date;
	else if (mdl_parser_is(p, 0, "TIMESTAMP") || mdl_parser_is(p, 0, "TIMESTAMP_LTZ"))
		type = &mdl_type_timestamp;
	else if (mdl_parser_is(p, 0, "TIMESTAMP_NTZ"))
		type = &mdl_type_timestamp_ntz;
	else if (mdl_parser_is(p, 0, "TIME"))
		type = &mdl_type_time;
	else if (mdl_parser_is(p, 0, "X"))
		type = &mdl_type_binary;
	else
		return NULL;
	p->at++;
	struct mdl_slice s = mdl_parser_peek(p, 0)->text;
	if (type != &mdl_type_binary) {
		struct mdl_expr *text = string_literal(p);
		struct mdl_expr *e = cast_to(p, text, type, t->pos);
		if (e)
			e->typed = true;
		return e;
	}
	char *d = mdl_arena_alloc(p->a, s.n / 2 + 1);
	size_t n = 0;
	for (size_t i = 0; i < s.n; i++) {
		static const char hex[] = "0123456789abcdef";
		const char *h =
			s.p[i] ? strchr(hex, s.p[i] >= 'A' && s.p[i] <= 'F' ? s.p[i] | 0x20 : s.p[i]) : NULL;
		if (!h) {
			mdl_parse_error_at(
				p->src, t->pos, p->err,
				"[INVALID_TYPED_LITERAL] The value of the typed literal \"X\" is invalid");
			return NULL;
		}
		/* An odd number of digits has a leading zero. */
		if ((i + s.n) % 2 == 0)
			d[n] = (char)((h - hex) << 4);
		else
			d[n] = (char)((s.n % 2 && i == 0 ? 0 : d[n]) | (h - hex)), n++;
	}
	struct mdl_expr *e = literal(p, &mdl_type_binary);
	e->value.str = (struct mdl_slice){d, n};
	return e;
}

static struct mdl_expr *case_expr(struct mdl_parser *p)
{
	struct mdl_expr *e = mdl_parser_node(p, MDL_E_CASE, mdl_parser_peek(p, 0)->pos), *x;
	struct mdl_list args = {0};
	p->at++;
	if (!mdl_parser_is(p, 0, "WHEN")) {
		if (!(x = mdl_parser_expr(p)))
			goto fail;
		mdl_list_add(&args, x);
		e->has_operand = true;
	}
	do {
		if (mdl_parser_need(p, "WHEN") < 0 || !(x = mdl_parser_expr(p)))
			goto fail;
		mdl_list_add(&args, x);
		if (mdl_parser_need(p, "THEN") < 0 || !(x = mdl_parser_expr(p)))
			goto fail;
		mdl_list_add(&args, x);
	} while (mdl_parser_is(p, 0, "WHEN"));
	if (mdl_parser_take(p, "ELSE")) {
		if (!(x = mdl_parser_expr(p)))
			goto fail;
		mdl_list_add(&args, x);
		e->has_else = true;
	}
	if (mdl_parser_need(p, "END") < 0)
		goto fail;
	e = mdl_parser_close(p, e, (struct mdl_expr **)args.v, args.n);
	free(args.v);
	return e;
fail:
	free(args.v);
	return NULL;
}

static struct mdl_expr *cast_expr(struct mdl_parser *p)
{
	struct mdl_expr *e = mdl_parser_node(p, MDL_E_CAST, mdl_parser_peek(p, 0)->pos), *x;
	e->try_cast = mdl_parser_is(p, 0, "TRY_CAST");
	p->at += 2;
	if (!(x = mdl_parser_expr(p)) || mdl_parser_need(p, "AS") < 0 || !(e->type = mdl_parser_type(p)) ||
	    mdl_parser_need_op(p, ')') < 0)
		return NULL;
	return mdl_parser_close(p, e, &x, 1);
}

static struct mdl_expr *call_of(struct mdl_parser *p, const char *name, uint32_t pos,
				struct mdl_expr *const *args, size_t n)
{
	struct mdl_expr *e = mdl_parser_node(p, MDL_E_CALL, pos);
	e->name = mdl_slice_of(name);
	return mdl_parser_close(p, e, args, n);
}

static struct mdl_expr *name_literal(struct mdl_parser *p)
{
	struct mdl_expr *e = mdl_parser_node(p, MDL_E_LITERAL, mdl_parser_peek(p, 0)->pos);
	e->type = e->value.type = &mdl_type_string;
	if (mdl_parser_peek(p, 0)->kind == MDL_TK_STRING) {
		e->value.str = mdl_parser_peek(p, 0)->text;
		p->at++;
	} else if (mdl_parser_name(p, &e->value.str) < 0) {
		return NULL;
	}
	return mdl_parser_close(p, e, NULL, 0);
}

/* EXTRACT(f FROM e) and TRIM(BOTH a FROM b), which differ from calls before their first argument. NULL without an
 * error when it is a plain call. */
static struct mdl_expr *special_call(struct mdl_parser *p)
{
	static const char *const sides[] = {"BOTH", "LEADING", "TRAILING"};
	static const char *const names[] = {"btrim", "ltrim", "rtrim"};
	uint32_t pos = mdl_parser_peek(p, 0)->pos;
	struct mdl_expr *args[2] = {NULL, NULL};
	if (mdl_parser_is(p, 0, "EXTRACT") &&
	    (mdl_parser_peek(p, 2)->kind == MDL_TK_NAME || mdl_parser_peek(p, 2)->kind == MDL_TK_STRING) &&
	    mdl_parser_is(p, 3, "FROM")) {
		p->at += 2;
		if (!(args[0] = name_literal(p)) || mdl_parser_need(p, "FROM") < 0 ||
		    !(args[1] = mdl_parser_expr(p)) || mdl_parser_need_op(p, ')') < 0)
			return NULL;
		return call_of(p, "extract", pos, args, 2);
	}
	for (size_t side = 0; mdl_parser_is(p, 0, "TRIM") && side < 3; side++) {
		if (!mdl_parser_is(p, 2, sides[side]) ||
		    (mdl_parser_peek(p, 3)->kind == MDL_TK_OP && !mdl_parser_is_op(p, 3, '(')))
			continue;
		size_t n = 1;
		p->at += 3;
		if (!mdl_parser_take(p, "FROM")) {
			n = 2;
			if (!(args[1] = mdl_parser_expr(p)) || mdl_parser_need(p, "FROM") < 0)
				return NULL;
		}
		if (!(args[0] = mdl_parser_expr(p)) || mdl_parser_need_op(p, ')') < 0)
			return NULL;
		return call_of(p, n == 1 && side == 0 ? "trim" : names[side], pos, args, n);
	}
	return NULL;
}

/* TRIM(a FROM b), SUBSTRING(a FROM b FOR c), POSITION(a IN b), the cursor behind a: the other arguments go to ARGS.
 * Returns 1 when it is that form, 0 when it is not, -1 on error. */
static int spelled_call(struct mdl_parser *p, struct mdl_expr *e, struct mdl_list *args)
{
	bool trim = mdl_word_eq(e->name, "TRIM"), position = mdl_word_eq(e->name, "POSITION");
	bool sub = mdl_word_eq(e->name, "SUBSTRING") || mdl_word_eq(e->name, "SUBSTR");
	struct mdl_expr *x;
	if (mdl_word_eq(e->name, "OVERLAY") && mdl_parser_take(p, "PLACING")) {
		for (int k = 0; k < 3; k++) {
			if (k == 1 && mdl_parser_need(p, "FROM") < 0)
				return -1;
			if (k == 2 && !mdl_parser_take(p, "FOR"))
				break;
			if (!(x = mdl_parser_expr(p)))
				return -1;
			mdl_list_add(args, x);
		}
		return 1;
	}
	if (!(position && mdl_parser_take(p, "IN")) && !((trim || sub) && mdl_parser_take(p, "FROM")))
		return 0;
	if (!(x = mdl_parser_expr(p)))
		return -1;
	mdl_list_add(args, x);
	if (trim) {
		args->v[1] = args->v[0];
		args->v[0] = x;
		e->name = MDL_SLICE("btrim");
	} else if (sub && mdl_parser_take(p, "FOR")) {
		if (!(x = mdl_parser_expr(p)))
			return -1;
		mdl_list_add(args, x);
	}
	return 1;
}

/* TIMESTAMPDIFF(MINUTE, a, b): the first argument is a bare unit. */
static bool unit_call(const struct mdl_parser *p)
{
	static const char *const names[] = {"TIMESTAMPADD", "DATEADD",   "DATE_ADD", "TIMESTAMPDIFF",
					    "DATEDIFF",     "DATE_DIFF", "TIMEDIFF"};
	static const char *const units[] = {"YEAR",   "QUARTER",     "MONTH",      "WEEK",
					    "DAY",    "DAYOFYEAR",   "HOUR",       "MINUTE",
					    "SECOND", "MILLISECOND", "MICROSECOND"};
	bool named = false, unit = false;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		named |= mdl_parser_is(p, 0, names[i]);
	for (size_t i = 0; named && i < sizeof(units) / sizeof(*units); i++)
		unit |= mdl_parser_is(p, 2, units[i]);
	return unit && mdl_parser_is_op(p, 3, ',');
}

/* X AS name, of STRUCT's arguments. */
static struct mdl_expr *named(struct mdl_parser *p, struct mdl_expr *x)
{
	struct mdl_expr *e = mdl_parser_node(p, MDL_E_NAMED, x->pos);
	p->at++;
	if (mdl_parser_name(p, &e->name) < 0)
		return NULL;
	return mdl_parser_close(p, e, &x, 1);
}

/* The name's last part is at the cursor, '(' behind it. */
static struct mdl_expr *call(struct mdl_parser *p)
{
	struct mdl_expr *e = special_call(p), *x;
	struct mdl_list args = {0};
	int spelled = 0;
	if (e || p->err->status != MDL_OK)
		return e;
	bool unit = unit_call(p);
	e = mdl_parser_node(p, MDL_E_CALL, mdl_parser_peek(p, 0)->pos);
	e->name = mdl_parser_peek(p, 0)->text;
	if (unit)
		e->name = mdl_word_eq(e->name, "DATEADD") || mdl_word_eq(e->name, "DATE_ADD")
				  ? MDL_SLICE("timestampadd")
			  : mdl_word_eq(e->name, "TIMESTAMPADD") ? e->name
								 : MDL_SLICE("timestampdiff");
	p->at += 2;
	/* Before a comma or the end they are names of columns. */
	bool name = mdl_parser_is_op(p, 1, ',') || mdl_parser_is_op(p, 1, ')');
	if (!name && mdl_parser_take(p, "DISTINCT"))
		e->distinct = true;
	else if (!name)
		mdl_parser_take(p, "ALL");
	if (unit) {
		if (!(x = name_literal(p)))
			goto fail;
		mdl_list_add(&args, x);
		p->at++;
	}
	if (!mdl_parser_is_op(p, 0, ')'))
		do {
			if (mdl_parser_is_op(p, 0, '*') &&
			    (mdl_parser_is_op(p, 1, ')') || mdl_parser_is_op(p, 1, ','))) {
				x = mdl_parser_node(p, MDL_E_STAR, mdl_parser_peek(p, 0)->pos);
				p->at++;
				x = mdl_parser_close(p, x, NULL, 0);
			} else {
				p->no_in = args.n == 0 && mdl_word_eq(e->name, "POSITION");
				x = mdl_parser_expr(p);
			}
			if (!x)
				goto fail;
			if (mdl_word_eq(e->name, "STRUCT") && mdl_parser_is(p, 0, "AS") && !(x = named(p, x)))
				goto fail;
			mdl_list_add(&args, x);
			if (args.n == 1 && (spelled = spelled_call(p, e, &args)) != 0)
				break;
			if (mdl_parser_take(p, "IGNORE NULLS"))
				e->ignore_nulls = true;
			else
				mdl_parser_take(p, "RESPECT NULLS");
		} while (mdl_parser_take_op(p, ','));
	if (spelled < 0 || mdl_parser_need_op(p, ')') < 0)
		goto fail;
	if (mdl_parser_take(p, "IGNORE NULLS"))
		e->ignore_nulls = true;
	else
		mdl_parser_take(p, "RESPECT NULLS");
	if (mdl_parser_is(p, 0, "FILTER") && mdl_parser_is_op(p, 1, '(')) {
		p->at += 2;
		if (mdl_parser_need(p, "WHERE") < 0 || !(e->filter = mdl_parser_expr(p)) ||
		    mdl_parser_need_op(p, ')') < 0)
			goto fail;
	}
	if (mdl_parser_is(p, 0, "OVER") || (mdl_parser_is(p, 0, "WITHIN") && mdl_parser_is(p, 1, "GROUP"))) {
		mdl_parser_refuse(p, mdl_parser_peek(p, 0)->pos,
				  mdl_parser_is(p, 0, "OVER") ? "window functions (OVER)" : "WITHIN GROUP");
		goto fail;
	}
	e = mdl_parser_close(p, e, (struct mdl_expr **)args.v, args.n);
	free(args.v);
	return e;
fail:
	free(args.v);
	return NULL;
}

/* NAME is a parameter of a lambda function round it: E becomes that. */
static bool parameter(const struct mdl_parser *p, struct mdl_slice name, struct mdl_expr *e)
{
	for (const struct mdl_parser_lambda *l = p->lambdas; l; l = l->outer)
		for (size_t i = 0; i < l->e->nparts; i++)
			if (mdl_slice_eq_nocase(l->e->parts[i], name)) {
				e->kind = MDL_E_PARAM;
				e->lambda = l->e->lambda;
				e->input = i;
				e->name = l->e->parts[i]; /* a field that it becomes is called so */
				return true;
			}
	return false;
}

/* E.a.b */
static struct mdl_expr *fields(struct mdl_parser *p, struct mdl_expr *e, const struct mdl_slice *names,
			       size_t n)
{
	for (size_t i = 0; e && i < n; i++) {
		struct mdl_expr *x = mdl_parser_node(p, MDL_E_FIELD, e->pos);
		x->name = names[i];
		e = mdl_parser_close(p, x, &e, 1);
	}
	return e;
}

static struct mdl_expr *column(struct mdl_parser *p)
{
	struct mdl_expr *e = mdl_parser_node(p, MDL_E_COLUMN, mdl_parser_peek(p, 0)->pos);
	struct mdl_slice parts[32];
	size_t n = 0;
	for (;;) {
		if (n == 32) {
			mdl_parser_syntax(p, ": too many parts in a name");
			return NULL;
		}
		if (mdl_parser_name(p, &parts[n]) < 0)
			return NULL;
		n++;
		if (!mdl_parser_is_op(p, 0, '.'))
			break;
		p->at++;
		if (mdl_parser_take_op(p, '*')) {
			e->kind = MDL_E_STAR;
			break;
		}
	}
	if (e->kind == MDL_E_COLUMN && parameter(p, parts[0], e))
		return fields(p, mdl_parser_close(p, e, NULL, 0), parts + 1, n - 1);
	e->parts = mdl_arena_alloc(p->a, n * sizeof(*parts));
	memcpy(e->parts, parts, n * sizeof(*parts));
	e->nparts = n;
	return mdl_parser_close(p, e, NULL, 0);
}

static struct mdl_expr *parenthesis(struct mdl_parser *p)
{
	uint32_t pos = mdl_parser_peek(p, 0)->pos;
	struct mdl_list args = {0};
	struct mdl_expr *x = NULL;
	p->at++;
	if (mdl_parser_is(p, 0, "SELECT") || mdl_parser_is(p, 0, "WITH")) {
		mdl_parser_refuse(p, pos, "subqueries (join with the table instead)");
		return NULL;
	}
	do {
		if (!(x = mdl_parser_expr(p)))
			goto out;
		mdl_list_add(&args, x);
	} while (mdl_parser_take_op(p, ','));
	if (mdl_parser_need_op(p, ')') < 0)
		x = NULL;
	else if (args.n > 1)
		x = call_of(p, "struct", pos, (struct mdl_expr **)args.v, args.n);
out:
	free(args.v);
	return x;
}

static struct mdl_expr *word(struct mdl_parser *p)
{
	struct mdl_expr *e = typed_literal(p);
	if (e || p->err->status != MDL_OK)
		return e;
	bool paren = mdl_parser_is_op(p, 1, '('), dot = mdl_parser_is_op(p, 1, '.');
	if (mdl_parser_is(p, 0, "CASE") && !dot && !paren)
		return case_expr(p);
	if (mdl_parser_is(p, 0, "CASE") && paren)
		return case_expr(p);
	if (paren && (mdl_parser_is(p, 0, "CAST") || mdl_parser_is(p, 0, "TRY_CAST")))
		return cast_expr(p);
	if (mdl_parser_is(p, 0, "INTERVAL") &&
	    (mdl_parser_peek(p, 1)->kind == MDL_TK_NUMBER || mdl_parser_peek(p, 1)->kind == MDL_TK_STRING ||
	     ((mdl_parser_is_op(p, 1, '-') || mdl_parser_is_op(p, 1, '+')) &&
	      (mdl_parser_peek(p, 2)->kind == MDL_TK_STRING ||
	       (mdl_parser_peek(p, 2)->kind == MDL_TK_NUMBER &&
		mdl_parser_peek(p, 3)->kind == MDL_TK_NAME)))))
		return mdl_parser_interval(p);
	if (paren)
		return call(p);
	if (!dot && mdl_parser_is(p, 0, "NULL"))
		return literal(p, &mdl_type_null);
	if (!dot && (mdl_parser_is(p, 0, "TRUE") || mdl_parser_is(p, 0, "FALSE"))) {
		bool v = mdl_parser_is(p, 0, "TRUE");
		e = literal(p, &mdl_type_boolean);
		e->value.b8 = v;
		return e;
	}
	static const char *const bare[] = {"CURRENT_DATE", "CURRENT_TIMESTAMP", "LOCALTIMESTAMP",
					   "CURRENT_TIME"};
	static const char *const calls[] = {"current_date", "current_timestamp", "localtimestamp",
					    "current_time"};
	for (size_t i = 0; i < sizeof(bare) / sizeof(*bare); i++)
		if (!dot && mdl_parser_is(p, 0, bare[i])) {
			uint32_t pos = mdl_parser_peek(p, 0)->pos;
			p->at++;
			return call_of(p, calls[i], pos, NULL, 0);
		}
	static const char *const never[] = {"SELECT", "FROM",    "WHERE", "GROUP", "HAVING", "ORDER",
					    "WHEN",   "THEN",    "ELSE",  "END",   "AND",    "OR",
					    "IN",     "BETWEEN", "LIKE",  "IS",    "AS",     "ON",
					    "UNION",  "LIMIT",   "JOIN",  "USING"};
	for (size_t i = 0; i < sizeof(never) / sizeof(*never); i++)
		if (mdl_parser_is(p, 0, never[i])) {
			mdl_parser_syntax(p, ": expected an expression");
			return NULL;
		}
	if (mdl_parser_peek(p, 1)->kind == MDL_TK_STRING && !p->delay_follows) {
		const struct mdl_token *t = mdl_parser_peek(p, 0);
		mdl_parse_error_at(
			p->src, t->pos, p->err,
			"[UNSUPPORTED_TYPED_LITERAL] Literals of the type \"%.*s\" are not supported. "
			"Supported types are \"DATE\", \"TIMESTAMP_NTZ\", \"TIMESTAMP_LTZ\", \"TIMESTAMP\", "
			"\"INTERVAL\", \"X\", \"TIME\"",
			(int)(t->text.n < 100 ? t->text.n : 100), t->text.p);
		return NULL;
	}
	return column(p);
}

static struct mdl_expr *start(struct mdl_parser *p)
{
	const struct mdl_token *t = mdl_parser_peek(p, 0);
	switch (t->kind) {
	case MDL_TK_NUMBER:
		return mdl_parser_number(p, false);
	case MDL_TK_STRING:
		return string_literal(p);
	case MDL_TK_NAME:
		return word(p);
	case MDL_TK_QUOTED:
		return mdl_parser_is_op(p, 1, '(') ? call(p) : column(p);
	case MDL_TK_OP:
		if (t->op == '(')
			return parenthesis(p);
		if (t->op == '-' && mdl_parser_peek(p, 1)->kind == MDL_TK_NUMBER)
			return mdl_parser_number(p, true);
		if (t->op == '*') {
			struct mdl_expr *e = mdl_parser_node(p, MDL_E_STAR, t->pos);
			p->at++;
			return mdl_parser_close(p, e, NULL, 0);
		}
		if (t->op == '?' || t->op == '{') {
			mdl_parser_refuse(p, t->pos, "parameters");
			return NULL;
		}
		/* fall through */
	default:
		mdl_parser_syntax(p, ": expected an expression");
		return NULL;
	}
}

/* col:a.b[0]['c d']: Databricks' path into JSON text, as get_json_object(col, '$.a.b[0]...'). */
static struct mdl_expr *json_path(struct mdl_parser *p, struct mdl_expr *e)
{
	struct mdl_expr *text = mdl_parser_node(p, MDL_E_LITERAL, mdl_parser_peek(p, 0)->pos),
			*args[2] = {e, text};
	struct mdl_buf b = MDL_BUF_INIT(1 << 16);
	struct mdl_slice name;
	p->at++;
	mdl_buf_putc(&b, '$');
	for (bool first = true;; first = false) {
		if (mdl_parser_take_op(p, '[')) {
			const struct mdl_token *t = mdl_parser_peek(p, 0);
			if (t->kind == MDL_TK_STRING)
				mdl_buf_printf(&b, "['%.*s']", (int)t->text.n, t->text.p);
			else if (t->kind == MDL_TK_NUMBER || mdl_parser_is_op(p, 0, '*'))
				mdl_buf_printf(&b, "[%.*s]", t->kind == MDL_TK_NUMBER ? (int)t->text.n : 1,
					       t->kind == MDL_TK_NUMBER ? t->text.p : "*");
			if (b.n && b.p[b.n - 1] == ']' && mdl_parser_is_op(p, 1, ']')) {
				p->at += 2;
				continue;
			}
			mdl_parser_syntax(p, ": expected an index or a name in quotes");
			goto fail;
		}
		if (!first && !mdl_parser_take_op(p, '.'))
			break;
		if (mdl_parser_name(p, &name) < 0)
			goto fail;
		mdl_buf_printf(&b, "['%.*s']", (int)name.n, name.p);
	}
	text->type = text->value.type = &mdl_type_string;
	text->value.str = mdl_arena_slice(p->a, mdl_buf_slice(&b));
	mdl_buf_free(&b);
	args[1] = mdl_parser_close(p, text, NULL, 0);
	return call_of(p, "get_json_object", e->pos, args, 2);
fail:
	mdl_buf_free(&b);
	return NULL;
}

struct mdl_expr *mdl_parser_primary(struct mdl_parser *p)
{
	struct mdl_expr *e = start(p);
	while (e) {
		if (mdl_parser_is_op(p, 0, '[')) {
			struct mdl_expr *x = mdl_parser_node(p, MDL_E_INDEX, e->pos), *args[2] = {e, NULL};
			p->at++;
			if (!(args[1] = mdl_parser_expr(p)) || mdl_parser_need_op(p, ']') < 0)
				return NULL;
			e = mdl_parser_close(p, x, args, 2);
		} else if (mdl_parser_is_op(p, 0, '.') && e->kind != MDL_E_STAR) {
			struct mdl_expr *x = mdl_parser_node(p, MDL_E_FIELD, e->pos);
			p->at++;
			if (mdl_parser_name(p, &x->name) < 0)
				return NULL;
			e = mdl_parser_close(p, x, &e, 1);
		} else if (mdl_parser_take_op(p, MDL_TO_CAST)) {
			const struct mdl_type *type = mdl_parser_type(p);
			e = type ? cast_to(p, e, type, e->pos) : NULL;
		} else if (mdl_parser_is_op(p, 0, ':')) {
			e = json_path(p, e);
		} else {
			return e;
		}
	}
	return NULL;
}
