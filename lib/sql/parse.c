/* SPDX-License-Identifier: MIT
 *
 * The parser's entry points, its cursor and its messages. Expressions are in
 * parse_expr.c and parse_primary.c, literals in parse_literal.c, types in
 * parse_type.c, SELECT in parse_select.c and statements in parse_statement.c.
 */
#include "sql/parse.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "sql/parser.h"

int mdl_parse_error_at(const struct mdl_source *src, size_t pos, struct mdl_err *err, const char *fmt, ...)
{
	const char *s = src->text.p;
	size_t n = src->text.n, line = 1, start = 0;
	if (pos > n)
		pos = n;
	/* What is missing at the end is shown behind the last word, not below it. */
	if (pos == n)
		while (pos > 0 && (s[pos - 1] == '\n' || s[pos - 1] == ' ' || s[pos - 1] == '\r'))
			pos--;
	for (size_t i = 0; i < pos; i++)
		if (s[i] == '\n') {
			line++;
			start = i + 1;
		}
	size_t column = 1, end = start;
	while (end < n && s[end] != '\n' && s[end] != '\r')
		end++;
	/* Long lines are shown round the place. */
	size_t from = start, to = end;
	if (to - from > 160) {
		if (pos - start > 80)
			from = pos - 80;
		if (to - from > 160)
			to = from + 160;
		while (from < pos && ((unsigned char)s[from] & 0xC0) == 0x80)
			from++;
		while (to > pos && to < n && ((unsigned char)s[to] & 0xC0) == 0x80)
			to--;
	}
	char pad[256];
	size_t np = 0;
	for (size_t i = start; i < pos; i++) {
		if (((unsigned char)s[i] & 0xC0) == 0x80)
			continue;
		column++;
		if (i >= from && np < sizeof(pad) - 1)
			pad[np++] = s[i] == '\t' ? '\t' : ' ';
	}
	pad[np] = '\0';
	char msg[1024];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(msg, sizeof(msg), fmt, ap);
	va_end(ap);
	return mdl_err_set(err, MDL_TROUBLE, "%s:%zu:%zu: %s\n  %.*s\n  %s^", src->file ? src->file : "SQL",
			   line, column, msg, (int)(to - from), s + from, pad);
}

void mdl_list_add(struct mdl_list *l, void *x)
{
	MDL_GROW(l->v, l->n, l->cap);
	l->v[l->n++] = x;
}

bool mdl_word_eq(struct mdl_slice s, const char *upper)
{
	size_t i = 0;
	for (; i < s.n && upper[i]; i++) {
		char c = s.p[i];
		if (c >= 'a' && c <= 'z')
			c = (char)(c - 'a' + 'A');
		if (c != upper[i])
			return false;
	}
	return i == s.n && !upper[i];
}

int mdl_parser_init(struct mdl_parser *p, struct mdl_arena *a, const struct mdl_source *src,
		    struct mdl_err *err)
{
	*p = (struct mdl_parser){.a = a, .src = src, .err = err};
	mdl_err_clear(err);
	return mdl_lex(a, src, &p->t, &p->n, err);
}

bool mdl_parser_is(const struct mdl_parser *p, size_t ahead, const char *word)
{
	const struct mdl_token *t = mdl_parser_peek(p, ahead);
	return t->kind == MDL_TK_NAME && mdl_word_eq(t->text, word);
}

bool mdl_parser_take(struct mdl_parser *p, const char *words)
{
	size_t k = 0;
	for (const char *w = words; *w;) {
		char one[32];
		size_t n = strcspn(w, " ");
		memcpy(one, w, n);
		one[n] = '\0';
		if (!mdl_parser_is(p, k++, one))
			return false;
		w += n;
		w += *w == ' ';
	}
	p->at += k;
	return true;
}

bool mdl_parser_take_op(struct mdl_parser *p, int op)
{
	if (!mdl_parser_is_op(p, 0, op))
		return false;
	p->at++;
	return true;
}

int mdl_parser_syntax(struct mdl_parser *p, const char *more)
{
	const struct mdl_token *t = mdl_parser_peek(p, 0);
	size_t n = t->end - t->pos;
	if (t->kind == MDL_TK_END)
		return mdl_parse_error_at(p->src, t->pos, p->err,
					  "[PARSE_SYNTAX_ERROR] Syntax error at or near end of input%s",
					  more);
	return mdl_parse_error_at(p->src, t->pos, p->err,
				  "[PARSE_SYNTAX_ERROR] Syntax error at or near '%.*s'%s",
				  (int)(n > 60 ? 60 : n), p->src->text.p + t->pos, more);
}

int mdl_parser_refuse(struct mdl_parser *p, size_t pos, const char *what)
{
	return mdl_parse_error_at(p->src, pos, p->err, "[UNSUPPORTED_FEATURE] medal does not carry out %s",
				  what);
}

int mdl_parser_need(struct mdl_parser *p, const char *words)
{
	if (mdl_parser_take(p, words))
		return 0;
	char more[80];
	snprintf(more, sizeof(more), ": expected %s", words);
	return mdl_parser_syntax(p, more);
}

int mdl_parser_need_op(struct mdl_parser *p, int op)
{
	if (mdl_parser_take_op(p, op))
		return 0;
	char more[32];
	snprintf(more, sizeof(more), ": expected '%c'", op < 256 ? op : '?');
	return mdl_parser_syntax(p, more);
}

int mdl_parser_name(struct mdl_parser *p, struct mdl_slice *name)
{
	const struct mdl_token *t = mdl_parser_peek(p, 0);
	if (t->kind != MDL_TK_NAME && t->kind != MDL_TK_QUOTED)
		return mdl_parser_syntax(p, ": expected a name");
	*name = t->text;
	p->at++;
	return 0;
}

int mdl_parser_dotted(struct mdl_parser *p, struct mdl_slice *name)
{
	struct mdl_slice part;
	if (mdl_parser_name(p, name) < 0)
		return -1;
	while (mdl_parser_is_op(p, 0, '.')) {
		p->at++;
		if (mdl_parser_name(p, &part) < 0)
			return -1;
		char *s = mdl_arena_alloc(p->a, name->n + part.n + 1);
		memcpy(s, name->p, name->n);
		s[name->n] = '.';
		memcpy(s + name->n + 1, part.p, part.n);
		*name = (struct mdl_slice){s, name->n + part.n + 1};
	}
	return 0;
}

int mdl_parser_name_list(struct mdl_parser *p, struct mdl_slice **names, size_t *n)
{
	struct mdl_slice one;
	size_t cap = 0;
	*names = NULL;
	*n = 0;
	if (mdl_parser_need_op(p, '(') < 0)
		return -1;
	do {
		if (mdl_parser_name(p, &one) < 0)
			return -1;
		if (*n == cap) {
			cap = cap ? cap * 2 : 4;
			struct mdl_slice *more = mdl_arena_alloc(p->a, cap * sizeof(one));
			if (*n)
				memcpy(more, *names, *n * sizeof(one));
			*names = more;
		}
		(*names)[(*n)++] = one;
	} while (mdl_parser_take_op(p, ','));
	return mdl_parser_need_op(p, ')');
}

int mdl_parser_end(struct mdl_parser *p)
{
	while (mdl_parser_take_op(p, ';'))
		;
	return mdl_parser_peek(p, 0)->kind == MDL_TK_END ? 0 : mdl_parser_syntax(p, "");
}

struct mdl_expr *mdl_parser_node(struct mdl_parser *p, enum mdl_expr_kind kind, uint32_t pos)
{
	struct mdl_expr *e = mdl_arena_zalloc(p->a, sizeof(*e));
	e->kind = kind;
	e->src = p->src;
	e->pos = pos;
	e->depth = 1;
	return e;
}

struct mdl_expr *mdl_parser_close(struct mdl_parser *p, struct mdl_expr *node, struct mdl_expr *const *args,
				  size_t n)
{
	if (n) {
		node->args = mdl_arena_alloc(p->a, n * sizeof(*args));
		memcpy(node->args, args, n * sizeof(*args));
	}
	node->nargs = n;
	node->end = p->at ? p->t[p->at - 1].end : node->pos;
	for (size_t i = 0; i < n; i++)
		if (args[i]->depth >= node->depth)
			node->depth = args[i]->depth + 1;
	if (node->depth <= MDL_EXPR_DEPTH)
		return node;
	mdl_parse_error_at(p->src, node->pos, p->err,
			   "[PARSE_SYNTAX_ERROR] the expression is nested more than %d deep", MDL_EXPR_DEPTH);
	return NULL;
}

int mdl_parse_expr(struct mdl_arena *a, const struct mdl_source *src, struct mdl_expr **e,
		   struct mdl_err *err)
{
	struct mdl_parser p;
	if (mdl_parser_init(&p, a, src, err) < 0 || !(*e = mdl_parser_expr(&p)))
		return -1;
	return mdl_parser_end(&p);
}

int mdl_parse_select(struct mdl_arena *a, const struct mdl_source *src, struct mdl_select **sel,
		     struct mdl_err *err)
{
	struct mdl_parser p;
	if (mdl_parser_init(&p, a, src, err) < 0 || !(*sel = mdl_parser_select(&p)))
		return -1;
	return mdl_parser_end(&p);
}

int mdl_parse_expectation(struct mdl_arena *a, const struct mdl_source *src, struct mdl_ast_constraint *c,
			  struct mdl_err *err)
{
	struct mdl_parser p;
	if (mdl_parser_init(&p, a, src, err) < 0)
		return -1;
	if (mdl_parser_is(&p, 0, "CONSTRAINT") && !mdl_parser_is(&p, 1, "EXPECT"))
		p.at++;
	if (mdl_parser_constraint(&p, c) < 0)
		return -1;
	return mdl_parser_end(&p);
}

int mdl_parse_columns(struct mdl_arena *a, const struct mdl_source *src, struct mdl_statement *st,
		      struct mdl_err *err)
{
	struct mdl_parser p;
	if (mdl_parser_init(&p, a, src, err) < 0)
		return -1;
	if (mdl_parser_peek(&p, 0)->kind == MDL_TK_END)
		return 0;
	if (mdl_parser_columns(&p, st) < 0)
		return -1;
	return mdl_parser_end(&p);
}

int mdl_parse_watermark(struct mdl_arena *a, const struct mdl_source *src, struct mdl_expr **e,
			int64_t *delay_us, struct mdl_err *err)
{
	struct mdl_parser p;
	if (mdl_parser_init(&p, a, src, err) < 0)
		return -1;
	p.delay_follows = true;
	if (!(*e = mdl_parser_expr(&p)))
		return -1;
	mdl_parser_take(&p, "DELAY OF");
	if (mdl_parser_peek(&p, 0)->kind == MDL_TK_END)
		return mdl_parser_syntax(&p, ": expected a delay, as in 'timestamp_millis(ts) 10 minutes'");
	if (mdl_parser_duration(&p, delay_us) < 0)
		return -1;
	return mdl_parser_end(&p);
}

int mdl_parse_duration(struct mdl_arena *a, const struct mdl_source *src, int64_t *us, struct mdl_err *err)
{
	struct mdl_parser p;
	if (mdl_parser_init(&p, a, src, err) < 0 || mdl_parser_duration(&p, us) < 0)
		return -1;
	return mdl_parser_end(&p);
}

static bool is_reference(const struct mdl_expr *e)
{
	while (e->kind == MDL_E_FIELD || (e->kind == MDL_E_INDEX && e->args[1]->kind == MDL_E_LITERAL))
		e = e->args[0];
	return e->kind == MDL_E_COLUMN;
}

int mdl_parse_keys(struct mdl_arena *a, const struct mdl_source *src, struct mdl_expr ***keys, size_t *n,
		   struct mdl_err *err)
{
	struct mdl_parser p;
	if (mdl_parser_init(&p, a, src, err) < 0)
		return -1;
	size_t cap = 0;
	*keys = NULL;
	*n = 0;
	do {
		struct mdl_expr *e = mdl_parser_expr(&p);
		if (!e)
			return -1;
		if (!is_reference(e))
			return mdl_parse_error_at(
				src, e->pos, err,
				"[PARSE_SYNTAX_ERROR] a key is a column: 'userId' or 'device.id'");
		if (*n == cap) {
			cap = cap ? cap * 2 : 8;
			struct mdl_expr **more = mdl_arena_alloc(a, cap * sizeof(e));
			if (*n)
				memcpy(more, *keys, *n * sizeof(e));
			*keys = more;
		}
		(*keys)[(*n)++] = e;
	} while (mdl_parser_take_op(&p, ','));
	return mdl_parser_end(&p);
}

int mdl_type_parse(struct mdl_arena *a, struct mdl_slice ddl, const struct mdl_type **t, struct mdl_err *err)
{
	struct mdl_source *src = mdl_arena_alloc(a, sizeof(*src));
	struct mdl_parser p;
	*src = (struct mdl_source){"type", ddl};
	if (mdl_parser_init(&p, a, src, err) < 0 || !(*t = mdl_parser_type(&p)))
		return -1;
	return mdl_parser_end(&p);
}
