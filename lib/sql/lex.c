/* SPDX-License-Identifier: MIT
 *
 * Tokens of Spark SQL: see lex.h. String escapes are those of Spark 4
 * (SparkParserUtils.unescapeSQLString), where '' inside '...' is one quote.
 */
#include "sql/lex.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "sql/parse.h"
#include "json/text.h"

struct lexer {
	struct mdl_arena *a;
	const struct mdl_source *src;
	const char *s;
	size_t n, at;
	struct mdl_token *t;
	size_t nt, cap;
	struct mdl_err *err;
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_word(char c)
{
	return c == '_' || is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (unsigned char)c >= 0x80;
}

static char peek(const struct lexer *l, size_t ahead)
{
	return l->at + ahead < l->n ? l->s[l->at + ahead] : '\0';
}

static struct mdl_token *add(struct lexer *l, enum mdl_token_kind kind, size_t pos, size_t end)
{
	MDL_GROW(l->t, l->nt, l->cap);
	struct mdl_token *t = &l->t[l->nt++];
	*t = (struct mdl_token){.kind = kind, .pos = (uint32_t)pos, .end = (uint32_t)end};
	t->text = (struct mdl_slice){l->s + pos, end - pos};
	l->at = end;
	return t;
}

/* White space and comments; bracketed comments nest. */
static int skip_space(struct lexer *l)
{
	while (l->at < l->n) {
		char c = l->s[l->at];
		if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v') {
			l->at++;
		} else if (c == '-' && peek(l, 1) == '-') {
			while (l->at < l->n && l->s[l->at] != '\n')
				l->at++;
		} else if (c == '/' && peek(l, 1) == '*') {
			size_t start = l->at, depth = 1;
			l->at += 2;
			while (depth && l->at < l->n) {
				if (l->s[l->at] == '*' && peek(l, 1) == '/')
					depth--, l->at += 2;
				else if (l->s[l->at] == '/' && peek(l, 1) == '*')
					depth++, l->at += 2;
				else
					l->at++;
			}
			if (depth)
				return mdl_parse_error_at(
					l->src, start, l->err,
					"[UNCLOSED_BRACKETED_COMMENT] Found an unclosed bracketed "
					"comment. Please, append */ at the end of the comment");
		} else {
			break;
		}
	}
	return 0;
}

static int hex_value(char c)
{
	if (is_digit(c))
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static size_t put_utf8(char *d, uint32_t c)
{
	if (c < 0x80) {
		d[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		d[0] = (char)(0xC0 | c >> 6);
		d[1] = (char)(0x80 | (c & 0x3F));
		return 2;
	}
	if (c < 0x10000) {
		d[0] = (char)(0xE0 | c >> 12);
		d[1] = (char)(0x80 | (c >> 6 & 0x3F));
		d[2] = (char)(0x80 | (c & 0x3F));
		return 3;
	}
	d[0] = (char)(0xF0 | c >> 18);
	d[1] = (char)(0x80 | (c >> 12 & 0x3F));
	d[2] = (char)(0x80 | (c >> 6 & 0x3F));
	d[3] = (char)(0x80 | (c & 0x3F));
	return 4;
}

/* N hex digits at P, or -1. */
static int64_t hex_run(const char *p, const char *end, int n)
{
	int64_t v = 0;
	if (end - p < n)
		return -1;
	for (int i = 0; i < n; i++) {
		int h = hex_value(p[i]);
		if (h < 0)
			return -1;
		v = v << 4 | h;
	}
	return v;
}

/* One escape at P (behind the backslash); writes to D, returns the bytes read. */
static size_t unescape_one(const char *p, const char *end, char **d)
{
	static const char from[] = "0'\"bnrtZ\\", to[] = "\0'\"\b\n\r\t\032\\";
	if (*p == 'u' || *p == 'U') {
		int n = *p == 'u' ? 4 : 8;
		int64_t c = hex_run(p + 1, end, n);
		if (c >= 0xD800 && c < 0xDC00 && n == 4 && end - p >= 11 && p[5] == '\\' && p[6] == 'u') {
			int64_t lo = hex_run(p + 7, end, 4);
			if (lo >= 0xDC00 && lo < 0xE000) {
				*d += put_utf8(*d,
					       (uint32_t)(0x10000 + ((c - 0xD800) << 10) + (lo - 0xDC00)));
				return 11;
			}
		}
		if (c >= 0 && c <= 0x10FFFF) {
			if (c >= 0xD800 && c < 0xE000)
				c = '?'; /* what Java's encoder makes of a lone surrogate */
			*d += put_utf8(*d, (uint32_t)c);
			return (size_t)n + 1;
		}
	}
	if (end - p >= 3 && p[0] >= '0' && p[0] <= '1' && p[1] >= '0' && p[1] <= '7' && p[2] >= '0' &&
	    p[2] <= '7') {
		*d += put_utf8(*d, (uint32_t)((p[0] - '0') << 6 | (p[1] - '0') << 3 | (p[2] - '0')));
		return 3;
	}
	if (*p == '%' || *p == '_') {
		*(*d)++ = '\\';
		*(*d)++ = *p;
		return 1;
	}
	const char *f = *p ? strchr(from, *p) : NULL;
	*(*d)++ = f ? to[f - from] : *p;
	return 1;
}

static int lex_string(struct lexer *l, size_t start, bool raw)
{
	char quote = l->s[l->at];
	size_t from = l->at + 1, i = from;
	bool plain = true;
	for (; i < l->n; i++) {
		if (l->s[i] == '\\' && !raw) {
			plain = false;
			i++;
		} else if (l->s[i] == quote) {
			if (raw || i + 1 >= l->n || l->s[i + 1] != quote)
				break;
			plain = false;
			i++;
		}
	}
	if (i >= l->n)
		return mdl_parse_error_at(
			l->src, start, l->err,
			"[PARSE_SYNTAX_ERROR] Syntax error: the string that begins here is not closed");
	struct mdl_token *t = add(l, MDL_TK_STRING, start, i + 1);
	t->text = (struct mdl_slice){l->s + from, i - from};
	if (plain)
		return 0;
	char *d = mdl_arena_alloc(l->a, i - from + 4), *d0 = d;
	for (const char *p = l->s + from, *end = l->s + i; p < end;) {
		if (*p == '\\' && p + 1 < end) {
			p++;
			p += unescape_one(p, end, &d);
		} else if (*p == quote) {
			*d++ = quote;
			p += 2;
		} else {
			*d++ = *p++;
		}
	}
	t->text = (struct mdl_slice){d0, (size_t)(d - d0)};
	return 0;
}

static int lex_quoted(struct lexer *l)
{
	size_t start = l->at, i = start + 1;
	for (; i < l->n; i++)
		if (l->s[i] == '`') {
			if (i + 1 >= l->n || l->s[i + 1] != '`')
				break;
			i++;
		}
	if (i >= l->n)
		return mdl_parse_error_at(
			l->src, start, l->err,
			"[PARSE_SYNTAX_ERROR] Syntax error: the name that begins here is not closed");
	char *d = mdl_arena_alloc(l->a, i - start), *d0 = d;
	for (size_t k = start + 1; k < i; k++) {
		if (l->s[k] == '`')
			k++;
		*d++ = l->s[k];
	}
	if (d == d0)
		return mdl_parse_error_at(l->src, start, l->err,
					  "[PARSE_EMPTY_STATEMENT] Syntax error: an empty name");
	struct mdl_token *t = add(l, MDL_TK_QUOTED, start, i + 1);
	t->text = (struct mdl_slice){d0, (size_t)(d - d0)};
	return 0;
}

/* 12, 1.5, .5, 1., 1e5, with suffix L S Y F D BD. "1a" is a name, as in Spark. */
static void lex_number(struct lexer *l)
{
	size_t i = l->at;
	while (i < l->n && is_digit(l->s[i]))
		i++;
	if (i < l->n && l->s[i] == '.') {
		i++;
		while (i < l->n && is_digit(l->s[i]))
			i++;
	}
	if (i < l->n && (l->s[i] == 'e' || l->s[i] == 'E')) {
		size_t k = i + 1;
		if (k < l->n && (l->s[k] == '+' || l->s[k] == '-'))
			k++;
		if (k < l->n && is_digit(l->s[k])) {
			while (k < l->n && is_digit(l->s[k]))
				k++;
			i = k;
		}
	}
	if (i < l->n && strchr("LlSsYyFfDd", l->s[i]) && (i + 1 >= l->n || !is_word(l->s[i + 1])))
		i++;
	else if (i + 1 < l->n && (l->s[i] == 'B' || l->s[i] == 'b') &&
		 (l->s[i + 1] == 'D' || l->s[i + 1] == 'd') && (i + 2 >= l->n || !is_word(l->s[i + 2])))
		i += 2;
	else if (i < l->n && is_word(l->s[i]) && !memchr(l->s + l->at, '.', i - l->at)) {
		while (i < l->n && is_word(l->s[i]))
			i++;
		add(l, MDL_TK_NAME, l->at, i);
		return;
	}
	add(l, MDL_TK_NUMBER, l->at, i);
}

static int lex_op(struct lexer *l)
{
	static const struct {
		char text[4];
		int op;
	} ops[] = {{"<=>", MDL_TO_NULL_EQ}, {"<=", MDL_TO_LE},  {">=", MDL_TO_GE},    {"<>", MDL_TO_NE},
		   {"!=", MDL_TO_NE},       {"==", '='},        {"||", MDL_TO_PIPES}, {"->", MDL_TO_ARROW},
		   {"=>", MDL_TO_FAT},      {"::", MDL_TO_CAST}};
	for (size_t i = 0; i < sizeof(ops) / sizeof(*ops); i++) {
		size_t n = strlen(ops[i].text);
		if (l->n - l->at >= n && memcmp(l->s + l->at, ops[i].text, n) == 0) {
			add(l, MDL_TK_OP, l->at, l->at + n)->op = ops[i].op;
			return 0;
		}
	}
	char c = l->s[l->at];
	if (c && strchr("()[],.;:+-*/%&|^~<>=!?@{}$#", c)) {
		add(l, MDL_TK_OP, l->at, l->at + 1)->op = c;
		return 0;
	}
	return mdl_parse_error_at(l->src, l->at, l->err,
				  "[PARSE_SYNTAX_ERROR] Syntax error: an unexpected character");
}

static int lex_one(struct lexer *l)
{
	char c = l->s[l->at];
	if (c == '\'' || c == '"')
		return lex_string(l, l->at, false);
	if ((c == 'r' || c == 'R') && (peek(l, 1) == '\'' || peek(l, 1) == '"')) {
		size_t start = l->at++;
		return lex_string(l, start, true);
	}
	if (c == '`')
		return lex_quoted(l);
	/* After a name or ']' a ".5" is a field's dot followed by a number; Spark reads it so, too. */
	if (is_digit(c) || (c == '.' && is_digit(peek(l, 1)) &&
			    !(l->nt && l->t[l->nt - 1].end == l->at &&
			      (l->t[l->nt - 1].kind == MDL_TK_NAME || l->t[l->nt - 1].kind == MDL_TK_QUOTED ||
			       l->t[l->nt - 1].op == ']' || l->t[l->nt - 1].op == ')')))) {
		lex_number(l);
		return 0;
	}
	if (is_word(c)) {
		size_t i = l->at;
		while (i < l->n && is_word(l->s[i]))
			i++;
		add(l, MDL_TK_NAME, l->at, i);
		return 0;
	}
	return lex_op(l);
}

int mdl_lex(struct mdl_arena *a, const struct mdl_source *src, struct mdl_token **tokens, size_t *n,
	    struct mdl_err *err)
{
	struct lexer l = {.a = a, .src = src, .s = src->text.p, .n = src->text.n, .err = err};
	size_t good = mdl_utf8_valid_upto(src->text);
	if (good != src->text.n)
		return mdl_parse_error_at(src, good, err,
					  "[PARSE_SYNTAX_ERROR] Syntax error: the text is not UTF-8");
	if (src->text.n > (1u << 30))
		return mdl_err_set(err, MDL_TROUBLE, "%s: the SQL text is longer than 1 GiB", src->file);
	int rc;
	while ((rc = skip_space(&l)) == 0 && l.at < l.n && (rc = lex_one(&l)) == 0)
		;
	if (rc == 0) {
		add(&l, MDL_TK_END, l.n, l.n);
		*tokens = mdl_arena_alloc(a, l.nt * sizeof(**tokens));
		memcpy(*tokens, l.t, l.nt * sizeof(**tokens));
		*n = l.nt;
	}
	free(l.t);
	return rc;
}
