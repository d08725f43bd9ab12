/* SPDX-License-Identifier: MIT
 *
 * Operators, by the precedence of Spark's grammar (SqlBaseParser.g4):
 * OR < AND < NOT < predicate (BETWEEN, IN, LIKE, IS) < comparison < | < ^ < & <
 * shift < + - || < * / % DIV < unary.
 */
#include <stddef.h>
#include <stdlib.h>

#include "sql/parse.h"
#include "sql/parser.h"

static struct mdl_expr *binary(struct mdl_parser *p, enum mdl_op_code op, struct mdl_expr *l,
			       struct mdl_expr *r)
{
	struct mdl_expr *args[2] = {l, r};
	struct mdl_expr *e = mdl_parser_node(p, MDL_E_BINARY, l->pos);
	e->op = op;
	return mdl_parser_close(p, e, args, 2);
}

static struct mdl_expr *unary_expr(struct mdl_parser *p)
{
	const struct mdl_token *t = mdl_parser_peek(p, 0);
	enum mdl_op_code op = MDL_OP_NONE;
	if (t->kind == MDL_TK_OP)
		op = t->op == '-'   ? MDL_OP_NEG
		     : t->op == '+' ? MDL_OP_PLUS
		     : t->op == '~' ? MDL_OP_BITNOT
				    : MDL_OP_NONE;
	if (op == MDL_OP_NONE || (op == MDL_OP_NEG && mdl_parser_peek(p, 1)->kind == MDL_TK_NUMBER))
		return mdl_parser_primary(p);
	if (++p->nesting > 400) {
		mdl_parser_syntax(p, ": too deeply nested");
		return NULL;
	}
	p->at++;
	struct mdl_expr *arg = unary_expr(p);
	p->nesting--;
	if (!arg)
		return NULL;
	struct mdl_expr *e = mdl_parser_node(p, MDL_E_UNARY, t->pos);
	e->op = op;
	return mdl_parser_close(p, e, &arg, 1);
}

/* The binary operator that is next at LEVEL, and how many tokens it is. */
static enum mdl_op_code operator_at(const struct mdl_parser *p, int level, size_t *n)
{
	const struct mdl_token *t = mdl_parser_peek(p, 0), *u = mdl_parser_peek(p, 1),
			       *v = mdl_parser_peek(p, 2);
	*n = 1;
	if (level == 5 && mdl_parser_is(p, 0, "DIV"))
		return MDL_OP_DIV;
	if (t->kind != MDL_TK_OP)
		return MDL_OP_NONE;
	int op = t->op;
	switch (level) {
	case 5:
		return op == '*'   ? MDL_OP_MUL
		       : op == '/' ? MDL_OP_DIVIDE
		       : op == '%' ? MDL_OP_MOD
				   : MDL_OP_NONE;
	case 4:
		return op == '+'            ? MDL_OP_ADD
		       : op == '-'          ? MDL_OP_SUB
		       : op == MDL_TO_PIPES ? MDL_OP_CONCAT
					    : MDL_OP_NONE;
	case 3: /* shifts are adjacent characters, so that ARRAY<ARRAY<INT>> needs no care */
		if ((op != '<' && op != '>') || u->kind != MDL_TK_OP || u->op != op || u->pos != t->end)
			return MDL_OP_NONE;
		*n = 2;
		if (op == '<')
			return MDL_OP_SHL;
		if (v->kind == MDL_TK_OP && v->op == '>' && v->pos == u->end) {
			*n = 3;
			return MDL_OP_USHR;
		}
		return MDL_OP_SHR;
	case 2:
		return op == '&' ? MDL_OP_BITAND : MDL_OP_NONE;
	case 1:
		return op == '^' ? MDL_OP_BITXOR : MDL_OP_NONE;
	case 0:
		return op == '|' ? MDL_OP_BITOR : MDL_OP_NONE;
	default:
		return op == '='              ? MDL_OP_EQ
		       : op == MDL_TO_NE      ? MDL_OP_NE
		       : op == '<'            ? MDL_OP_LT
		       : op == MDL_TO_LE      ? MDL_OP_LE
		       : op == '>'            ? MDL_OP_GT
		       : op == MDL_TO_GE      ? MDL_OP_GE
		       : op == MDL_TO_NULL_EQ ? MDL_OP_EQ_NULL
					      : MDL_OP_NONE;
	}
}

/* LEVEL -1 comparison, 0 |, 1 ^, 2 &, 3 shifts, 4 sums, 5 products. */
static struct mdl_expr *operators(struct mdl_parser *p, int level)
{
	struct mdl_expr *l = level == 5 ? unary_expr(p) : operators(p, level + 1);
	size_t n;
	enum mdl_op_code op;
	while (l && (op = operator_at(p, level, &n)) != MDL_OP_NONE) {
		p->at += n;
		struct mdl_expr *r = level == 5 ? unary_expr(p) : operators(p, level + 1);
		l = r ? binary(p, op, l, r) : NULL;
	}
	return l;
}

static struct mdl_expr *value_expr(struct mdl_parser *p)
{
	return operators(p, -1);
}

static struct mdl_expr *between(struct mdl_parser *p, struct mdl_expr *l)
{
	struct mdl_expr *args[3] = {l};
	struct mdl_expr *e = mdl_parser_node(p, MDL_E_BETWEEN, l->pos);
	if (!(args[1] = value_expr(p)) || mdl_parser_need(p, "AND") < 0 || !(args[2] = value_expr(p)))
		return NULL;
	return mdl_parser_close(p, e, args, 3);
}

static struct mdl_expr *in_list(struct mdl_parser *p, struct mdl_expr *l)
{
	struct mdl_list args = {0};
	struct mdl_expr *e = mdl_parser_node(p, MDL_E_IN, l->pos), *x;
	mdl_list_add(&args, l);
	if (mdl_parser_need_op(p, '(') < 0)
		goto fail;
	if (mdl_parser_is(p, 0, "SELECT") || mdl_parser_is(p, 0, "WITH")) {
		if (!(e->query = mdl_parser_select(p)) || mdl_parser_need_op(p, ')') < 0)
			goto fail;
		e = mdl_parser_close(p, e, (struct mdl_expr **)args.v, args.n);
		free(args.v);
		return e;
	}
	do {
		if (!(x = mdl_parser_expr(p)))
			goto fail;
		mdl_list_add(&args, x);
	} while (mdl_parser_take_op(p, ','));
	if (mdl_parser_need_op(p, ')') < 0)
		goto fail;
	e = mdl_parser_close(p, e, (struct mdl_expr **)args.v, args.n);
	free(args.v);
	return e;
fail:
	free(args.v);
	return NULL;
}

/* LIKE ANY (...), LIKE ALL (...), LIKE SOME (...): a chain of OR or AND. */
static struct mdl_expr *like_many(struct mdl_parser *p, struct mdl_expr *l, enum mdl_op_code op, bool all,
				  bool negate)
{
	struct mdl_expr *sum = NULL, *x;
	if (mdl_parser_need_op(p, '(') < 0)
		return NULL;
	do {
		struct mdl_expr *args[2] = {l, NULL};
		struct mdl_expr *e = mdl_parser_node(p, MDL_E_LIKE, l->pos);
		e->op = op;
		e->negate = negate;
		if (!(args[1] = x = mdl_parser_expr(p)) || !(e = mdl_parser_close(p, e, args, 2)))
			return NULL;
		sum = sum ? binary(p, all ? MDL_OP_AND : MDL_OP_OR, sum, e) : e;
		if (!sum)
			return NULL;
	} while (mdl_parser_take_op(p, ','));
	return mdl_parser_need_op(p, ')') < 0 ? NULL : sum;
}

static struct mdl_expr *like(struct mdl_parser *p, struct mdl_expr *l, enum mdl_op_code op, bool negate,
			     bool *done)
{
	struct mdl_expr *args[3] = {l};
	struct mdl_expr *e = mdl_parser_node(p, MDL_E_LIKE, l->pos);
	size_t n = 2;
	*done = true;
	if (op != MDL_OP_RLIKE && mdl_parser_is_op(p, 1, '(')) {
		if (mdl_parser_take(p, "ANY") || mdl_parser_take(p, "SOME"))
			return like_many(p, l, op, false, negate);
		if (mdl_parser_take(p, "ALL"))
			return like_many(p, l, op, true, negate);
	}
	*done = false;
	e->op = op;
	if (!(args[1] = value_expr(p)))
		return NULL;
	if (op != MDL_OP_RLIKE && mdl_parser_take(p, "ESCAPE")) {
		const struct mdl_token *t = mdl_parser_peek(p, 0);
		if (!(args[n++] = mdl_parser_primary(p)))
			return NULL;
		if (t->kind != MDL_TK_STRING || t->text.n != 1) {
			mdl_parse_error_at(
				p->src, t->pos, p->err,
				"[INVALID_ESCAPE_CHAR] `EscapeChar` should be a string literal of length one");
			return NULL;
		}
	}
	return mdl_parser_close(p, e, args, n);
}

static struct mdl_expr *is_what(struct mdl_parser *p, struct mdl_expr *l)
{
	struct mdl_expr *args[2] = {l, NULL};
	struct mdl_expr *e = mdl_parser_node(p, MDL_E_IS, l->pos);
	e->negate = mdl_parser_take(p, "NOT");
	if (mdl_parser_take(p, "NULL") || mdl_parser_take(p, "UNKNOWN")) {
		e->is_what = MDL_IS_NULL;
	} else if (mdl_parser_take(p, "TRUE")) {
		e->is_what = MDL_IS_TRUE;
	} else if (mdl_parser_take(p, "FALSE")) {
		e->is_what = MDL_IS_FALSE;
	} else if (mdl_parser_take(p, "DISTINCT FROM")) {
		e->is_what = MDL_IS_DISTINCT;
		if (!(args[1] = value_expr(p)))
			return NULL;
	} else {
		mdl_parser_syntax(p, ": expected NULL, TRUE, FALSE or DISTINCT FROM");
		return NULL;
	}
	return mdl_parser_close(p, e, args, args[1] ? 2 : 1);
}

static struct mdl_expr *predicated(struct mdl_parser *p)
{
	bool no_in = p->no_in;
	p->no_in = false;
	struct mdl_expr *e = value_expr(p);
	if (!e || no_in)
		return e;
	if (mdl_parser_take(p, "IS"))
		return is_what(p, e);
	size_t start = p->at;
	bool negate = mdl_parser_take(p, "NOT"), done = false;
	struct mdl_expr *r = NULL;
	if (mdl_parser_take(p, "BETWEEN"))
		r = between(p, e);
	else if (mdl_parser_take(p, "IN"))
		r = in_list(p, e);
	else if (mdl_parser_take(p, "LIKE"))
		r = like(p, e, MDL_OP_LIKE, negate, &done);
	else if (mdl_parser_take(p, "ILIKE"))
		r = like(p, e, MDL_OP_ILIKE, negate, &done);
	else if (mdl_parser_take(p, "RLIKE") || mdl_parser_take(p, "REGEXP"))
		r = like(p, e, MDL_OP_RLIKE, negate, &done);
	else {
		p->at = start;
		return e;
	}
	if (r && !done)
		r->negate = negate;
	return r;
}

static struct mdl_expr *not_expr(struct mdl_parser *p)
{
	const struct mdl_token *t = mdl_parser_peek(p, 0);
	if (mdl_parser_is(p, 0, "EXISTS") && mdl_parser_is_op(p, 1, '(') &&
	    (mdl_parser_is(p, 2, "SELECT") || mdl_parser_is(p, 2, "WITH"))) {
		struct mdl_expr *x = mdl_parser_node(p, MDL_E_EXISTS, t->pos);
		p->at += 2;
		if (++p->nesting > 400) {
			mdl_parser_syntax(p, ": too deeply nested");
			return NULL;
		}
		x->query = mdl_parser_select(p);
		p->nesting--;
		return x->query && mdl_parser_need_op(p, ')') == 0 ? mdl_parser_close(p, x, NULL, 0) : NULL;
	}
	if (!mdl_parser_is(p, 0, "NOT") && !(mdl_parser_is_op(p, 0, '!')))
		return predicated(p);
	if (++p->nesting > 400) {
		mdl_parser_syntax(p, ": too deeply nested");
		return NULL;
	}
	p->at++;
	struct mdl_expr *arg = not_expr(p);
	p->nesting--;
	if (!arg)
		return NULL;
	struct mdl_expr *e = mdl_parser_node(p, MDL_E_UNARY, t->pos);
	e->op = MDL_OP_NOT;
	return mdl_parser_close(p, e, &arg, 1);
}

static struct mdl_expr *and_expr(struct mdl_parser *p)
{
	struct mdl_expr *l = not_expr(p);
	while (l && mdl_parser_take(p, "AND")) {
		struct mdl_expr *r = not_expr(p);
		l = r ? binary(p, MDL_OP_AND, l, r) : NULL;
	}
	return l;
}

static struct mdl_expr *or_expr(struct mdl_parser *p)
{
	struct mdl_expr *l = and_expr(p);
	while (l && mdl_parser_take(p, "OR")) {
		struct mdl_expr *r = and_expr(p);
		l = r ? binary(p, MDL_OP_OR, l, r) : NULL;
	}
	return l;
}

/* x -> body, (x, y) -> body: only where a function's argument stands. */
static struct mdl_expr *lambda(struct mdl_parser *p)
{
	size_t k = 0, n = 0;
	if (mdl_parser_peek(p, 0)->kind == MDL_TK_NAME && mdl_parser_is_op(p, 1, MDL_TO_ARROW)) {
		n = 1;
		k = 2;
	} else if (mdl_parser_is_op(p, 0, '(')) {
		do {
			if (mdl_parser_peek(p, ++k)->kind != MDL_TK_NAME)
				return NULL;
			k++;
			n++;
		} while (mdl_parser_is_op(p, k, ','));
		if (!mdl_parser_is_op(p, k, ')') || !mdl_parser_is_op(p, k + 1, MDL_TO_ARROW))
			return NULL;
		k += 2;
	} else {
		return NULL;
	}
	struct mdl_expr *e = mdl_parser_node(p, MDL_E_LAMBDA, mdl_parser_peek(p, 0)->pos);
	e->lambda = ++p->nlambdas;
	e->parts = mdl_arena_alloc(p->a, n * sizeof(*e->parts));
	for (size_t i = 0; i < k; i++)
		if (mdl_parser_peek(p, i)->kind == MDL_TK_NAME)
			e->parts[e->nparts++] = mdl_parser_peek(p, i)->text;
	p->at += k;
	return e;
}

struct mdl_expr *mdl_parser_expr(struct mdl_parser *p)
{
	if (++p->nesting > 400) {
		mdl_parser_syntax(p, ": too deeply nested");
		return NULL;
	}
	struct mdl_expr *l = lambda(p), *e;
	if (l) {
		struct mdl_parser_lambda scope = {l, p->lambdas};
		p->lambdas = &scope;
		struct mdl_expr *body = mdl_parser_expr(p);
		p->lambdas = scope.outer;
		e = body ? mdl_parser_close(p, l, &body, 1) : NULL;
	} else if (mdl_parser_peek(p, 0)->kind == MDL_TK_NAME && mdl_parser_is_op(p, 1, MDL_TO_FAT)) {
		e = mdl_parser_node(p, MDL_E_NAMED, mdl_parser_peek(p, 0)->pos);
		e->name = mdl_parser_peek(p, 0)->text;
		p->at += 2;
		struct mdl_expr *v = mdl_parser_expr(p);
		e = v ? mdl_parser_close(p, e, &v, 1) : NULL;
	} else {
		e = or_expr(p);
	}
	p->nesting--;
	return e;
}
