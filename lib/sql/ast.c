/* SPDX-License-Identifier: MIT
 *
 * Expressions as text, in the form of Spark's toPrettySQL, and their comparison.
 */
#include "sql/ast.h"

#include <string.h>

#include "base/buf.h"

static const char *op_text(enum mdl_op_code op)
{
	static const char *const text[] = {
		[MDL_OP_NEG] = "-",       [MDL_OP_NOT] = "NOT",     [MDL_OP_BITNOT] = "~",
		[MDL_OP_PLUS] = "+",      [MDL_OP_ADD] = "+",       [MDL_OP_SUB] = "-",
		[MDL_OP_MUL] = "*",       [MDL_OP_DIVIDE] = "/",    [MDL_OP_MOD] = "%",
		[MDL_OP_DIV] = "div",     [MDL_OP_BITAND] = "&",    [MDL_OP_BITOR] = "|",
		[MDL_OP_BITXOR] = "^",    [MDL_OP_SHL] = "<<",      [MDL_OP_SHR] = ">>",
		[MDL_OP_USHR] = ">>>",    [MDL_OP_CONCAT] = "||",   [MDL_OP_EQ] = "=",
		[MDL_OP_NE] = "=",        [MDL_OP_LT] = "<",        [MDL_OP_LE] = "<=",
		[MDL_OP_GT] = ">",        [MDL_OP_GE] = ">=",       [MDL_OP_EQ_NULL] = "<=>",
		[MDL_OP_AND] = "AND",     [MDL_OP_OR] = "OR",       [MDL_OP_LIKE] = "LIKE",
		[MDL_OP_ILIKE] = "ILIKE", [MDL_OP_RLIKE] = "RLIKE",
	};
	return op < sizeof(text) / sizeof(*text) && text[op] ? text[op] : "?";
}

static void literal(struct mdl_buf *out, const struct mdl_expr *e)
{
	switch (e->type->kind) {
	case MDL_T_NULL:
		mdl_buf_puts(out, "NULL");
		break;
	case MDL_T_BOOLEAN:
		mdl_buf_puts(out, e->value.b8 ? "true" : "false");
		break;
	case MDL_T_STRING:
		mdl_buf_puts_slice(out, e->value.str);
		break;
	case MDL_T_BINARY:
		mdl_buf_puts(out, "X'");
		for (size_t i = 0; i < e->value.str.n; i++)
			mdl_buf_printf(out, "%02X", (unsigned char)e->value.str.p[i]);
		mdl_buf_putc(out, '\'');
		break;
	case MDL_T_INTERVAL_DT:
	case MDL_T_INTERVAL_YM:
		mdl_buf_put(out, e->src->text.p + e->pos, e->end - e->pos);
		break;
	default:
		mdl_any_to_json(out, &e->value);
	}
}

static void list(struct mdl_buf *out, const struct mdl_expr *e, size_t from)
{
	for (size_t i = from; i < e->nargs; i++) {
		if (i > from)
			mdl_buf_puts(out, ", ");
		mdl_expr_print(out, e->args[i]);
	}
}

static void call(struct mdl_buf *out, const struct mdl_expr *e)
{
	for (size_t i = 0; i < e->name.n; i++) {
		char c = e->name.p[i];
		mdl_buf_putc(out, c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c);
	}
	mdl_buf_putc(out, '(');
	if (e->distinct)
		mdl_buf_puts(out, "DISTINCT ");
	if (e->nargs == 1 && e->args[0]->kind == MDL_E_STAR && !e->args[0]->nparts)
		mdl_buf_putc(out, '1');
	else
		list(out, e, 0);
	mdl_buf_putc(out, ')');
	if (e->ignore_nulls)
		mdl_buf_puts(out, " ignore nulls");
	if (e->filter) {
		mdl_buf_puts(out, " FILTER (WHERE ");
		mdl_expr_print(out, e->filter);
		mdl_buf_putc(out, ')');
	}
}

static void case_when(struct mdl_buf *out, const struct mdl_expr *e)
{
	size_t i = e->has_operand;
	mdl_buf_puts(out, "CASE");
	for (; i + 1 < e->nargs + !e->has_else; i += 2) {
		mdl_buf_puts(out, " WHEN ");
		if (e->has_operand) {
			mdl_buf_putc(out, '(');
			mdl_expr_print(out, e->args[0]);
			mdl_buf_puts(out, " = ");
		}
		mdl_expr_print(out, e->args[i]);
		if (e->has_operand)
			mdl_buf_putc(out, ')');
		mdl_buf_puts(out, " THEN ");
		mdl_expr_print(out, e->args[i + 1]);
	}
	if (e->has_else) {
		mdl_buf_puts(out, " ELSE ");
		mdl_expr_print(out, e->args[e->nargs - 1]);
	}
	mdl_buf_puts(out, " END");
}

static void is_what(struct mdl_buf *out, const struct mdl_expr *e)
{
	static const char *const null[] = {"NULL", "NOT NULL"};
	mdl_buf_putc(out, '(');
	if (e->is_what == MDL_IS_DISTINCT && e->negate) {
		mdl_expr_print(out, e->args[0]);
		mdl_buf_puts(out, " <=> ");
		mdl_expr_print(out, e->args[1]);
	} else if (e->is_what == MDL_IS_DISTINCT) {
		mdl_buf_puts(out, "NOT (");
		mdl_expr_print(out, e->args[0]);
		mdl_buf_puts(out, " <=> ");
		mdl_expr_print(out, e->args[1]);
		mdl_buf_putc(out, ')');
	} else if (e->is_what == MDL_IS_NULL) {
		mdl_expr_print(out, e->args[0]);
		mdl_buf_printf(out, " IS %s", null[e->negate]);
	} else {
		if (e->negate)
			mdl_buf_puts(out, "NOT (");
		mdl_expr_print(out, e->args[0]);
		mdl_buf_puts(out, e->is_what == MDL_IS_TRUE ? " <=> true" : " <=> false");
		if (e->negate)
			mdl_buf_putc(out, ')');
	}
	mdl_buf_putc(out, ')');
}

static void negatable(struct mdl_buf *out, const struct mdl_expr *e)
{
	if (e->negate)
		mdl_buf_puts(out, "(NOT ");
	if (e->kind == MDL_E_BETWEEN) {
		mdl_buf_puts(out, "between(");
		list(out, e, 0);
		mdl_buf_putc(out, ')');
	} else if (e->kind == MDL_E_IN) {
		mdl_buf_putc(out, '(');
		mdl_expr_print(out, e->args[0]);
		mdl_buf_puts(out, " IN (");
		list(out, e, 1);
		mdl_buf_puts(out, "))");
	} else {
		/* rlike and ilike print as calls, LIKE as an operator without parentheses. */
		if (e->op == MDL_OP_LIKE) {
			mdl_expr_print(out, e->args[0]);
			mdl_buf_puts(out, " LIKE ");
			mdl_expr_print(out, e->args[1]);
		} else {
			mdl_buf_printf(out, "%s(", e->op == MDL_OP_RLIKE ? "RLIKE" : "ilike");
			list(out, e, 0);
			mdl_buf_putc(out, ')');
		}
	}
	if (e->negate)
		mdl_buf_putc(out, ')');
}

static void binary(struct mdl_buf *out, const struct mdl_expr *e)
{
	if (e->op == MDL_OP_CONCAT) {
		mdl_buf_puts(out, "concat(");
		list(out, e, 0);
		mdl_buf_putc(out, ')');
		return;
	}
	mdl_buf_puts(out, e->op == MDL_OP_NE ? "(NOT (" : "(");
	mdl_expr_print(out, e->args[0]);
	mdl_buf_printf(out, " %s ", op_text(e->op));
	mdl_expr_print(out, e->args[1]);
	mdl_buf_puts(out, e->op == MDL_OP_NE ? "))" : ")");
}

static void column(struct mdl_buf *out, const struct mdl_expr *e)
{
	for (size_t i = e->shown ? e->shown - 1 : e->nparts - 1; i < e->nparts; i++) {
		mdl_buf_puts_slice(out, e->parts[i]); /* which may hold a NUL */
		mdl_buf_puts(out, i + 1 < e->nparts ? "." : "");
	}
}

void mdl_expr_print(struct mdl_buf *out, const struct mdl_expr *e)
{
	switch (e->kind) {
	case MDL_E_LITERAL:
		literal(out, e);
		break;
	case MDL_E_COLUMN:
		column(out, e);
		break;
	case MDL_E_STAR:
	case MDL_E_EXISTS:
		mdl_buf_puts(out, e->kind == MDL_E_STAR ? "*" : "exists()");
		break;
	case MDL_E_UNARY:
		mdl_buf_printf(out, e->op == MDL_OP_BITNOT ? "%s" : "(%s ", op_text(e->op));
		mdl_expr_print(out, e->args[0]);
		if (e->op != MDL_OP_BITNOT)
			mdl_buf_putc(out, ')');
		break;
	case MDL_E_BINARY:
		binary(out, e);
		break;
	case MDL_E_CALL:
		call(out, e);
		break;
	case MDL_E_CASE:
		case_when(out, e);
		break;
	case MDL_E_CAST:
		if (e->typed) {
			mdl_type_ddl(out, e->type);
			mdl_buf_puts(out, " '");
			mdl_expr_print(out, e->args[0]);
			mdl_buf_putc(out, '\'');
			break;
		}
		mdl_buf_puts(out, e->try_cast ? "TRY_CAST(" : "CAST(");
		mdl_expr_print(out, e->args[0]);
		mdl_buf_puts(out, " AS ");
		mdl_type_ddl(out, e->type);
		mdl_buf_putc(out, ')');
		break;
	case MDL_E_IN:
	case MDL_E_BETWEEN:
	case MDL_E_LIKE:
		negatable(out, e);
		break;
	case MDL_E_IS:
		is_what(out, e);
		break;
	case MDL_E_INDEX:
		mdl_expr_print(out, e->args[0]);
		mdl_buf_putc(out, '[');
		mdl_expr_print(out, e->args[1]);
		mdl_buf_putc(out, ']');
		break;
	case MDL_E_FIELD:
		mdl_expr_print(out, e->args[0]);
		mdl_buf_putc(out, '.');
		mdl_buf_puts_slice(out, e->name);
		break;
	case MDL_E_LAMBDA:
		mdl_buf_puts(out, "lambdafunction(");
		mdl_expr_print(out, e->args[0]);
		for (size_t i = 0; i < e->nparts; i++)
			mdl_buf_puts(out, ", namedlambdavariable()");
		mdl_buf_putc(out, ')');
		break;
	case MDL_E_PARAM:
		mdl_buf_puts(out, "namedlambdavariable()");
		break;
	case MDL_E_NAMED:
		mdl_buf_puts_slice(out, e->name);
		mdl_buf_puts(out, " => ");
		mdl_expr_print(out, e->args[0]);
		break;
	case MDL_E_INPUT:
		mdl_buf_printf(out, "input[%zu]", e->input);
		break;
	}
}

static bool literal_same(const struct mdl_expr *a, const struct mdl_expr *b)
{
	if (!mdl_type_eq(a->type, b->type))
		return false;
	switch (a->type->kind) {
	case MDL_T_NULL:
		return true;
	case MDL_T_BOOLEAN:
		return a->value.b8 == b->value.b8;
	case MDL_T_STRING:
	case MDL_T_BINARY:
		return mdl_slice_eq(a->value.str, b->value.str);
	case MDL_T_FLOAT:
	case MDL_T_DOUBLE:
		return memcmp(&a->value.f64, &b->value.f64, sizeof(double)) == 0;
	case MDL_T_DECIMAL:
	case MDL_T_INTERVAL:
		return a->value.i128 == b->value.i128;
	default:
		return a->value.i64 == b->value.i64;
	}
}

bool mdl_expr_same(const struct mdl_expr *a, const struct mdl_expr *b)
{
	if (a == b)
		return true;
	if (!a || !b || a->kind != b->kind || a->op != b->op || a->nargs != b->nargs ||
	    a->nparts != b->nparts || a->is_what != b->is_what || a->negate != b->negate ||
	    a->try_cast != b->try_cast || a->has_operand != b->has_operand || a->has_else != b->has_else ||
	    a->distinct != b->distinct || a->ignore_nulls != b->ignore_nulls || a->input != b->input ||
	    a->relation != b->relation || !mdl_slice_eq_nocase(a->name, b->name))
		return false;
	if (a->kind == MDL_E_LITERAL && !literal_same(a, b))
		return false;
	if (a->kind == MDL_E_CAST && !mdl_type_eq(a->type, b->type))
		return false;
	for (size_t i = 0; i < a->nparts; i++)
		if (!mdl_slice_eq_nocase(a->parts[i], b->parts[i]))
			return false;
	for (size_t i = 0; i < a->nargs; i++)
		if (!mdl_expr_same(a->args[i], b->args[i]))
			return false;
	return (!a->filter && !b->filter) || mdl_expr_same(a->filter, b->filter);
}
