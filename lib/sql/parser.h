/* SPDX-License-Identifier: MIT
 *
 * What the parser's files share: a cursor over the tokens. Only parse*.c include it.
 * Functions that return a pointer return NULL, others -1, with p->err filled.
 */
#ifndef MDL_SQL_PARSER_H
#define MDL_SQL_PARSER_H

#include <stdbool.h>

#include "sql/ast.h"
#include "sql/lex.h"

/* A lambda function whose body is being parsed. */
struct mdl_parser_lambda {
	const struct mdl_expr *e;
	const struct mdl_parser_lambda *outer;
};

struct mdl_parser {
	struct mdl_arena *a;
	const struct mdl_source *src;
	struct mdl_token *t;
	size_t n, at;
	unsigned nesting;
	bool no_in;                              /* the next IN belongs to POSITION(a IN b) */
	bool delay_follows;                      /* a string may follow the expression: ts '1 hour' */
	const struct mdl_parser_lambda *lambdas; /* the lambda functions round the cursor, the inmost first */
	uint32_t nlambdas;
	struct mdl_err *err;
};

int mdl_parser_init(struct mdl_parser *p, struct mdl_arena *a, const struct mdl_source *src,
		    struct mdl_err *err);

static inline const struct mdl_token *mdl_parser_peek(const struct mdl_parser *p, size_t ahead)
{
	return &p->t[p->at + ahead < p->n ? p->at + ahead : p->n - 1];
}
/* Is the token AHEAD the keyword WORD (upper case), or the operator OP? */
bool mdl_parser_is(const struct mdl_parser *p, size_t ahead, const char *word);
static inline bool mdl_parser_is_op(const struct mdl_parser *p, size_t ahead, int op)
{
	const struct mdl_token *t = mdl_parser_peek(p, ahead);
	return t->kind == MDL_TK_OP && t->op == op;
}
/* Take it if it is next. WORDS may be several, with single spaces: all or none. */
bool mdl_parser_take(struct mdl_parser *p, const char *words);
bool mdl_parser_take_op(struct mdl_parser *p, int op);
/* Take it, or fail with a syntax error. */
int mdl_parser_need(struct mdl_parser *p, const char *words);
int mdl_parser_need_op(struct mdl_parser *p, int op);
/* "[PARSE_SYNTAX_ERROR] Syntax error at or near 'X'", plus MORE (": expected ..."), at the next token. */
int mdl_parser_syntax(struct mdl_parser *p, const char *more);
/* A refusal by name at POS: "[UNSUPPORTED_FEATURE] medal does not carry out WHAT". */
int mdl_parser_refuse(struct mdl_parser *p, size_t pos, const char *what);
/* A name, bare or quoted. */
int mdl_parser_name(struct mdl_parser *p, struct mdl_slice *name);
/* a.b.c as it stands, for tables: *NAME is the text with quotes resolved, joined by dots. */
int mdl_parser_dotted(struct mdl_parser *p, struct mdl_slice *name);
/* (a, b, c) of plain names. */
int mdl_parser_name_list(struct mdl_parser *p, struct mdl_slice **names, size_t *n);
int mdl_parser_end(struct mdl_parser *p); /* only an optional ';' may follow */

struct mdl_expr *mdl_parser_node(struct mdl_parser *p, enum mdl_expr_kind kind, uint32_t pos);
/* Close NODE: set its end, its arguments (copied) and depth. NULL when it is too deep. */
struct mdl_expr *mdl_parser_close(struct mdl_parser *p, struct mdl_expr *node, struct mdl_expr *const *args,
				  size_t n);

struct mdl_expr *mdl_parser_expr(struct mdl_parser *p);
struct mdl_expr *mdl_parser_primary(struct mdl_parser *p); /* with postfixes; parse_primary.c */
struct mdl_expr *mdl_parser_number(struct mdl_parser *p, bool negative);
struct mdl_expr *mdl_parser_interval(struct mdl_parser *p); /* at INTERVAL */
/* "10 minutes 30 seconds" up to what is no quantity. */
int mdl_parser_quantities(struct mdl_parser *p, int64_t *months, int64_t *us, enum mdl_unit *from,
			  enum mdl_unit *to);
int mdl_parser_duration(struct mdl_parser *p, int64_t *us); /* [INTERVAL] quantities or a string of them */
const struct mdl_type *mdl_parser_type(struct mdl_parser *p);
/* expr DELAY OF INTERVAL ..., behind WATERMARK. */
int mdl_parser_watermark(struct mdl_parser *p, struct mdl_expr **e, int64_t *delay_us);
struct mdl_select *mdl_parser_select(struct mdl_parser *p);
int mdl_parser_columns(struct mdl_parser *p, struct mdl_statement *st); /* the list, without parentheses */
int mdl_parser_constraint(struct mdl_parser *p, struct mdl_ast_constraint *c); /* from the name on */

/* A growing list in temporary memory, moved to the arena when done. */
struct mdl_list {
	void **v;
	size_t n, cap;
};
void mdl_list_add(struct mdl_list *l, void *x);

bool mdl_word_eq(struct mdl_slice s, const char *upper); /* without regard to case */

#endif
