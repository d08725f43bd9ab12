/* SPDX-License-Identifier: MIT
 *
 * Operators: which types meet, what they are cast to, and which instruction computes
 * them. Rules: Spark's BinaryArithmetic, DecimalPrecision, AnsiStringPromotion and
 * DateTimeOperations.
 */
#include <string.h>

#include "sql/coerce.h"
#include "sql/parse.h"
#include "sql/program.h"

static int differ(struct mdl_comp *c, const struct mdl_expr *e, int l, int r)
{
	struct mdl_buf b = MDL_BUF_INIT(1 << 14);
	mdl_expr_print(&b, e);
	mdl_comp_fail(
		c, e,
		"[DATATYPE_MISMATCH.BINARY_OP_DIFF_TYPES] Cannot resolve \"%s\" due to data type mismatch: the left and right "
		"operands of the binary operator have incompatible types (\"%s\" and \"%s\")",
		mdl_buf_cstr(&b), mdl_type_name(&c->v->arena, mdl_comp_type(c, l)),
		mdl_type_name(&c->v->arena, mdl_comp_type(c, r)));
	mdl_buf_free(&b);
	return MDL_REG_NONE;
}

/* CLASS of DATATYPE_MISMATCH: E cannot be resolved, for BEFORE says what of the TYPE, and AFTER what comes behind it. */
static int mismatch(struct mdl_comp *c, const struct mdl_expr *e, const char *class, const char *before,
		    const struct mdl_type *type, const char *after)
{
	struct mdl_buf b = MDL_BUF_INIT(1 << 14);
	mdl_expr_print(&b, e);
	mdl_comp_fail(c, e,
		      "[DATATYPE_MISMATCH.%s] Cannot resolve \"%s\" due to data type mismatch: %s \"%s\"%s",
		      class, mdl_buf_cstr(&b), before, mdl_type_name(&c->v->arena, type), after);
	mdl_buf_free(&b);
	return MDL_REG_NONE;
}

static int wrong(struct mdl_comp *c, const struct mdl_expr *e, const char *want, const struct mdl_type *t)
{
	const char *before =
		mdl_arena_printf(&c->v->arena, "the binary operator requires the input type %s, not", want);
	return mismatch(c, e, "BINARY_OP_WRONG_TYPE", before, t, "");
}

static int unexpected(struct mdl_comp *c, const struct mdl_expr *e, const char *want,
		      const struct mdl_type *t)
{
	const char *before = mdl_arena_printf(
		&c->v->arena, "the first parameter requires the %s type, however it has the type", want);
	return mismatch(c, e, "UNEXPECTED_INPUT_TYPE", before, t, "");
}

static int no_order(struct mdl_comp *c, const struct mdl_expr *e, const struct mdl_type *t)
{
	return mismatch(c, e, "INVALID_ORDERING_TYPE", "values of the type", t, " have no order");
}

int mdl_comp_compare(struct mdl_comp *c, const struct mdl_expr *e, enum mdl_op_code op, int l, int r, int sel)
{
	const struct mdl_type *t =
		mdl_coerce_compare(mdl_comp_type(c, l), mdl_comp_type(c, r), c->p->session->ansi);
	bool negate = op == MDL_OP_NE;
	if (!t)
		t = mdl_coerce_tight(&c->v->arena, mdl_comp_type(c, l), mdl_comp_type(c, r));
	if (!t)
		return differ(c, e, l, r);
	if (!mdl_type_has_order(t))
		return no_order(c, e, t);
	if (t->kind == MDL_T_NULL)
		t = &mdl_type_boolean;
	int args[2];
	if ((args[0] = mdl_comp_cast(c, l, t, sel, false, e)) < 0 ||
	    (args[1] = mdl_comp_cast(c, r, t, sel, false, e)) < 0)
		return MDL_REG_NONE;
	struct mdl_instr in = {
		.run = mdl_kernel_compare, .name = "compare", .type = &mdl_type_boolean, .imm = op};
	if (op == MDL_OP_EQ_NULL)
		in.run = mdl_kernel_compare_null;
	if (negate)
		in.imm = MDL_OP_NE;
	/* A constant stands on the right, where kernels expect it. */
	if (mdl_comp_const(c, args[0]) && !mdl_comp_const(c, args[1])) {
		int swap = args[0];
		args[0] = args[1];
		args[1] = swap;
		in.imm = op == MDL_OP_LT   ? MDL_OP_GT
			 : op == MDL_OP_GT ? MDL_OP_LT
			 : op == MDL_OP_LE ? MDL_OP_GE
			 : op == MDL_OP_GE ? MDL_OP_LE
					   : op;
	}
	return mdl_comp_instr(c, &in, args, 2, sel);
}

/* ---- arithmetic ---- */

static int arith(struct mdl_comp *c, enum mdl_op_code op, int l, int r, const struct mdl_type *t, bool quiet,
		 int sel)
{
	struct mdl_instr in = {
		.run = mdl_kernel_arith, .name = "arith", .type = t, .imm = op, .quiet = quiet};
	int args[2] = {l, r};
	static const char *const names[] = {
		[MDL_OP_ADD] = "add",       [MDL_OP_SUB] = "subtract", [MDL_OP_MUL] = "multiply",
		[MDL_OP_DIVIDE] = "divide", [MDL_OP_MOD] = "mod",      [MDL_OP_DIV] = "div"};
	in.name = names[op];
	in.can_fail = !quiet && c->p->session->ansi &&
		      (!mdl_type_is_fractional(t) || op == MDL_OP_DIVIDE || op == MDL_OP_MOD);
	return mdl_comp_instr(c, &in, args, 2, sel);
}

static const struct mdl_type *decimal_result(enum mdl_op_code op, const struct mdl_type *a,
					     const struct mdl_type *b)
{
	int p1 = a->precision, s1 = a->scale, p2 = b->precision, s2 = b->scale;
	int smax = s1 > s2 ? s1 : s2, smin = s1 < s2 ? s1 : s2, i1 = p1 - s1, i2 = p2 - s2, s;
	switch (op) {
	case MDL_OP_ADD:
	case MDL_OP_SUB:
		return mdl_coerce_adjust_decimal((i1 > i2 ? i1 : i2) + smax + 1, smax);
	case MDL_OP_MUL:
		return mdl_coerce_adjust_decimal(p1 + p2 + 1, s1 + s2);
	case MDL_OP_DIVIDE:
		s = s1 + p2 + 1 > 6 ? s1 + p2 + 1 : 6;
		return mdl_coerce_adjust_decimal(i1 + s2 + s, s);
	case MDL_OP_MOD:
		return mdl_coerce_adjust_decimal((i1 < i2 ? i1 : i2) + smax, smax);
	default:
		(void)smin;
		return &mdl_type_bigint;
	}
}

/* A literal integer is a DECIMAL of just its digits. */
static const struct mdl_type *as_decimal(const struct mdl_comp *c, const struct mdl_expr *e, size_t i,
					 int reg)
{
	const struct mdl_type *t = mdl_comp_type(c, reg);
	const struct mdl_vec *v = mdl_comp_const(c, reg);
	const struct mdl_expr *x = i < e->nargs ? e->args[i] : e;
	bool literal = x->kind == MDL_E_LITERAL ||
		       (x->kind == MDL_E_UNARY && x->op == MDL_OP_NEG && x->args[0]->kind == MDL_E_LITERAL);
	if (v && v->valid[0] && literal && mdl_type_is_integral(t) && t->kind != MDL_T_TINYINT) {
		unsigned digits = 1;
		for (uint64_t u = v->i64[0] < 0 ? 0 - (uint64_t)v->i64[0] : (uint64_t)v->i64[0]; u >= 10;
		     u /= 10)
			digits++;
		return mdl_type_decimal(digits, 0);
	}
	return mdl_coerce_decimal(t);
}

static int decimals(struct mdl_comp *c, const struct mdl_expr *e, enum mdl_op_code op, int l, int r,
		    bool quiet, int sel)
{
	const struct mdl_type *a = as_decimal(c, e, 0, l), *b = as_decimal(c, e, 1, r);
	l = mdl_comp_cast(c, l, a, sel, false, e);
	r = l < 0 ? l : mdl_comp_cast(c, r, b, sel, false, e);
	return r < 0 ? r : arith(c, op, l, r, decimal_result(op, a, b), quiet, sel);
}

/* A DECIMAL beside a DOUBLE becomes one, before the operator looks at its types. */
static bool into_double(const struct mdl_type *a, const struct mdl_type *b)
{
	return (a->kind == MDL_T_DECIMAL && b->kind == MDL_T_DOUBLE) ||
	       (b->kind == MDL_T_DECIMAL && a->kind == MDL_T_DOUBLE);
}

static int datetimes(struct mdl_comp *c, const struct mdl_expr *e, enum mdl_op_code op, int l, int r,
		     bool quiet, int sel);

static bool is_interval(const struct mdl_type *t)
{
	return t->kind == MDL_T_INTERVAL_DT || t->kind == MDL_T_INTERVAL_YM || t->kind == MDL_T_INTERVAL;
}

/* Operators on intervals are functions: NAME, with "try " before it when QUIET. */
static int interval_call(struct mdl_comp *c, const struct mdl_expr *e, const char *name, int l, int r,
			 bool quiet, int sel)
{
	int regs[2] = {l, r};
	const char *f = quiet ? mdl_arena_printf(&c->v->arena, "try %s", name) : name;
	return mdl_comp_call_regs(c, e, mdl_slice_of(f), regs, 2, sel);
}

/* Those that a TIMESTAMP is moved by, whatever stands beside them. */
static bool is_time_span(const struct mdl_type *t)
{
	return t->kind == MDL_T_INTERVAL_DT || t->kind == MDL_T_INTERVAL;
}

/* A text that is moved is a timestamp, and a text again. */
static int moved_text(struct mdl_comp *c, const struct mdl_expr *e, enum mdl_op_code op, int text, int by,
		      bool quiet, int sel)
{
	int t = mdl_comp_cast(c, text, &mdl_type_timestamp, sel, quiet, e);
	if (t < 0 || (t = datetimes(c, e, op, t, by, quiet, sel)) < 0)
		return t;
	return mdl_comp_cast(c, t, &mdl_type_string, sel, false, e);
}

/* Two intervals of one kind, or an interval and a number. */
static int intervals(struct mdl_comp *c, const struct mdl_expr *e, enum mdl_op_code op, int l, int r,
		     bool quiet, int sel)
{
	const struct mdl_type *a = mdl_comp_type(c, l), *b = mdl_comp_type(c, r);
	if (a->kind == MDL_T_INTERVAL && b->kind == MDL_T_INTERVAL)
		return op == MDL_OP_ADD   ? interval_call(c, e, "calendar plus", l, r, quiet, sel)
		       : op == MDL_OP_SUB ? interval_call(c, e, "calendar minus", l, r, quiet, sel)
					  : differ(c, e, l, r);
	bool sum = op == MDL_OP_ADD || op == MDL_OP_SUB, after = b->kind == MDL_T_STRING;
	if (sum && a->kind != b->kind && (is_time_span(a) || is_time_span(b))) {
		if (is_time_span(b) ? a->kind == MDL_T_STRING : after && op == MDL_OP_ADD)
			return moved_text(c, e, op, after ? r : l, after ? l : r, quiet, sel);
		return unexpected(c, e, "(\"TIMESTAMP\" or \"TIMESTAMP_NTZ\")", is_time_span(b) ? a : b);
	}
	if (is_interval(a) && a->kind == b->kind) {
		if (op == MDL_OP_ADD || op == MDL_OP_SUB)
			return arith(c, op, l, r, mdl_coerce_tightest(a, b, true), quiet, sel);
		return op == MDL_OP_DIV ? arith(c, op, l, r, &mdl_type_bigint, quiet, sel)
					: differ(c, e, l, r);
	}
	/* A text beside an interval is a number. */
	if (a->kind == MDL_T_STRING || b->kind == MDL_T_STRING) {
		int *text = a->kind == MDL_T_STRING ? &l : &r;
		if ((*text = mdl_comp_cast(c, *text, &mdl_type_double, sel, false, e)) < 0)
			return MDL_REG_NONE;
		a = mdl_comp_type(c, l);
		b = mdl_comp_type(c, r);
	}
	bool calendar = a->kind == MDL_T_INTERVAL || b->kind == MDL_T_INTERVAL;
	const char *times = calendar ? "calendar times" : "interval times";
	if (op == MDL_OP_MUL && is_interval(a) && mdl_type_is_numeric(b))
		return interval_call(c, e, times, l, r, quiet, sel);
	if (op == MDL_OP_MUL && is_interval(b) && mdl_type_is_numeric(a))
		return interval_call(c, e, times, r, l, quiet, sel);
	if (op == MDL_OP_DIVIDE && is_interval(a) && mdl_type_is_numeric(b))
		return interval_call(c, e, calendar ? "calendar divided" : "interval divided", l, r, quiet,
				     sel);
	return differ(c, e, l, r);
}

/* Dates, timestamps and intervals. */
static int datetimes(struct mdl_comp *c, const struct mdl_expr *e, enum mdl_op_code op, int l, int r,
		     bool quiet, int sel)
{
	const struct mdl_type *a = mdl_comp_type(c, l), *b = mdl_comp_type(c, r);
	if (op == MDL_OP_ADD && (is_interval(a) || mdl_type_is_integral(a)) && mdl_type_is_datetime(b)) {
		int swap = l;
		l = r;
		r = swap;
		a = mdl_comp_type(c, l);
		b = mdl_comp_type(c, r);
	}
	if (!mdl_type_is_datetime(a) && !mdl_type_is_datetime(b))
		return intervals(c, e, op, l, r, quiet, sel);
	if (op != MDL_OP_ADD && op != MDL_OP_SUB)
		return differ(c, e, l, r);
	if (mdl_type_is_datetime(a) && is_interval(b)) {
		if (b->kind == MDL_T_INTERVAL)
			return interval_call(c, e, op == MDL_OP_ADD ? "plus calendar" : "minus calendar", l,
					     r, quiet, sel);
		bool days = b->kind == MDL_T_INTERVAL_DT && b->from == MDL_U_DAY && b->to == MDL_U_DAY;
		if (a->kind == MDL_T_DATE && b->kind == MDL_T_INTERVAL_DT && !days &&
		    (l = mdl_comp_cast(c, l, &mdl_type_timestamp, sel, false, e)) < 0)
			return l;
		return interval_call(c, e, op == MDL_OP_ADD ? "plus interval" : "minus interval", l, r, quiet,
				     sel);
	}
	if (a->kind == MDL_T_DATE && mdl_type_is_integral(b))
		return arith(c, op, l, r, &mdl_type_date, quiet, sel);
	if (op == MDL_OP_SUB && (mdl_type_is_datetime(a) || a->kind == MDL_T_STRING) &&
	    (mdl_type_is_datetime(b) || b->kind == MDL_T_STRING)) {
		const struct mdl_type *t = mdl_coerce_compare(a, b, c->p->session->ansi);
		if (!t || (l = mdl_comp_cast(c, l, t, sel, false, e)) < 0 ||
		    (r = mdl_comp_cast(c, r, t, sel, false, e)) < 0)
			return t ? MDL_REG_NONE : differ(c, e, l, r);
		if (t->kind == MDL_T_DATE)
			return arith(c, op, l, r, mdl_type_interval(MDL_U_DAY, MDL_U_DAY), quiet, sel);
		return interval_call(c, e, "time between", l, r, quiet, sel);
	}
	return differ(c, e, l, r);
}

/* What a string becomes beside OTHER. */
static const struct mdl_type *promoted(const struct mdl_type *other, bool ansi)
{
	return ansi && mdl_type_is_integral(other) ? &mdl_type_bigint : &mdl_type_double;
}

int mdl_comp_arith(struct mdl_comp *c, const struct mdl_expr *e, enum mdl_op_code op, int l, int r,
		   bool quiet, int sel)
{
	const struct mdl_type *a = mdl_comp_type(c, l), *b = mdl_comp_type(c, r);
	bool ansi = c->p->session->ansi;
	if (a->kind == MDL_T_NULL && b->kind == MDL_T_NULL)
		return mdl_comp_constant(c, mdl_vec_null(&c->v->arena, op == MDL_OP_DIV ? &mdl_type_bigint
											: &mdl_type_double));
	if (a->kind == MDL_T_NULL || b->kind == MDL_T_NULL) {
		const struct mdl_type *t = a->kind == MDL_T_NULL ? b : a;
		if (t->kind == MDL_T_INTERVAL && (op == MDL_OP_ADD || op == MDL_OP_SUB))
			return mismatch(c, e, "CAST_WITHOUT_SUGGESTION", "cannot cast a TIMESTAMP to",
					&mdl_type_null, "");
		if (!mdl_type_is_numeric(t) && t->kind != MDL_T_STRING)
			return mdl_comp_constant(c, mdl_vec_null(&c->v->arena, t));
		if (t->kind == MDL_T_STRING)
			t = &mdl_type_double;
		if ((l = mdl_comp_cast(c, l, t, sel, false, e)) < 0 ||
		    (r = mdl_comp_cast(c, r, t, sel, false, e)) < 0)
			return MDL_REG_NONE;
		a = b = t;
	}
	if (mdl_type_is_datetime(a) || mdl_type_is_datetime(b) || is_interval(a) || is_interval(b))
		return datetimes(c, e, op, l, r, quiet, sel);
	if (a->kind == MDL_T_STRING || b->kind == MDL_T_STRING) {
		const struct mdl_type *other = a->kind == MDL_T_STRING ? b : a;
		const struct mdl_type *t = promoted(other, ansi);
		if (other->kind == MDL_T_STRING && ansi)
			return wrong(c, e, "\"NUMERIC\"", other);
		if (!mdl_type_is_numeric(other) && other->kind != MDL_T_STRING)
			return differ(c, e, l, r);
		if ((a->kind == MDL_T_STRING && (l = mdl_comp_cast(c, l, t, sel, false, e)) < 0) ||
		    (b->kind == MDL_T_STRING && (r = mdl_comp_cast(c, r, t, sel, false, e)) < 0))
			return MDL_REG_NONE;
		a = mdl_comp_type(c, l);
		b = mdl_comp_type(c, r);
	}
	if (!mdl_type_is_numeric(a) || !mdl_type_is_numeric(b))
		return a->kind == b->kind ? wrong(c, e, "\"NUMERIC\"", a) : differ(c, e, l, r);
	bool decimal = (a->kind == MDL_T_DECIMAL || b->kind == MDL_T_DECIMAL) && !mdl_type_is_fractional(a) &&
		       !mdl_type_is_fractional(b);
	if (decimal)
		return decimals(c, e, op, l, r, quiet, sel);
	const struct mdl_type *t = mdl_coerce_tightest(a, b, ansi);
	if (op == MDL_OP_DIVIDE)
		t = &mdl_type_double;
	if (op == MDL_OP_DIV) {
		if (mdl_type_is_fractional(t))
			return !mdl_type_eq(a, b) && !into_double(a, b)
				       ? differ(c, e, l, r)
				       : wrong(c, e, "(\"BIGINT\" or \"INTERVAL\")", t);
		t = &mdl_type_bigint;
	}
	if ((l = mdl_comp_cast(c, l, t, sel, false, e)) < 0 ||
	    (r = mdl_comp_cast(c, r, t, sel, false, e)) < 0)
		return MDL_REG_NONE;
	return arith(c, op, l, r, t, quiet, sel);
}

static int bits(struct mdl_comp *c, const struct mdl_expr *e, int l, int r, int sel)
{
	bool shift = e->op == MDL_OP_SHL || e->op == MDL_OP_SHR || e->op == MDL_OP_USHR;
	const struct mdl_type *a = mdl_comp_type(c, l), *b = mdl_comp_type(c, r), *t;
	if (shift) {
		t = a->kind == MDL_T_BIGINT ? a : &mdl_type_int;
		if (!mdl_coerce_implicit(a, t, c->p->session->ansi))
			return unexpected(c, e, "(\"INT\" or \"BIGINT\")", a);
		l = mdl_comp_cast(c, l, t, sel, false, e);
		r = l < 0 ? l : mdl_comp_cast(c, r, &mdl_type_int, sel, false, e);
	} else {
		t = mdl_coerce_tightest(a, b, c->p->session->ansi);
		if (t && t->kind == MDL_T_NULL)
			t = &mdl_type_int;
		if (!t || !mdl_type_is_integral(t))
			return t && (mdl_type_eq(a, b) || into_double(a, b)) ? wrong(c, e, "\"INTEGRAL\"", t)
									     : differ(c, e, l, r);
		l = mdl_comp_cast(c, l, t, sel, false, e);
		r = l < 0 ? l : mdl_comp_cast(c, r, t, sel, false, e);
	}
	struct mdl_instr in = {.run = mdl_kernel_bits, .name = "bits", .type = t, .imm = e->op};
	int args[2] = {l, r};
	return r < 0 ? r : mdl_comp_instr(c, &in, args, 2, sel);
}

static int unary(struct mdl_comp *c, const struct mdl_expr *e, int sel)
{
	int r = mdl_comp_expr(c, e->args[0], sel);
	if (r < 0)
		return r;
	const struct mdl_type *t = mdl_comp_type(c, r);
	if (t->kind == MDL_T_STRING || t->kind == MDL_T_NULL)
		t = e->op == MDL_OP_BITNOT ? &mdl_type_bigint : &mdl_type_double;
	bool ok = e->op == MDL_OP_BITNOT ? mdl_type_is_integral(t) : mdl_type_is_numeric(t) || is_interval(t);
	if (!ok)
		return unexpected(
			c, e, e->op == MDL_OP_BITNOT ? "\"INTEGRAL\"" : "(\"NUMERIC\" or \"INTERVAL\")", t);
	if ((r = mdl_comp_cast(c, r, t, sel, false, e)) < 0 || e->op == MDL_OP_PLUS)
		return r;
	if (t->kind == MDL_T_INTERVAL)
		return mdl_comp_call_regs(c, e, MDL_SLICE("negative calendar"), &r, 1, sel);
	struct mdl_instr in = {.run = mdl_kernel_negate, .name = "negative", .type = t, .imm = e->op};
	in.can_fail = e->op == MDL_OP_NEG && c->p->session->ansi && !mdl_type_is_fractional(t);
	return mdl_comp_instr(c, &in, &r, 1, sel);
}

static int operate(struct mdl_comp *c, const struct mdl_expr *e, int *regs, int sel)
{
	switch (e->op) {
	case MDL_OP_CONCAT:
		return mdl_comp_call_regs(c, e, MDL_SLICE("concat"), regs, 2, sel);
	case MDL_OP_EQ:
	case MDL_OP_NE:
	case MDL_OP_LT:
	case MDL_OP_LE:
	case MDL_OP_GT:
	case MDL_OP_GE:
	case MDL_OP_EQ_NULL:
		return mdl_comp_compare(c, e, e->op, regs[0], regs[1], sel);
	case MDL_OP_BITAND:
	case MDL_OP_BITOR:
	case MDL_OP_BITXOR:
	case MDL_OP_SHL:
	case MDL_OP_SHR:
	case MDL_OP_USHR:
		return bits(c, e, regs[0], regs[1], sel);
	default:
		return mdl_comp_arith(c, e, e->op, regs[0], regs[1], false, sel);
	}
}

static bool is_null_constant(const struct mdl_comp *c, int reg)
{
	const struct mdl_vec *v = mdl_comp_const(c, reg);
	return v && !v->valid[0];
}

/* Where one side is NULL the other is not computed, and so cannot fail. */
int mdl_comp_binary(struct mdl_comp *c, const struct mdl_expr *e, int sel)
{
	if (e->kind == MDL_E_UNARY)
		return unary(c, e, sel);
	int regs[2], s = sel, r;
	/* Division looks at the divisor first. */
	bool division = e->op == MDL_OP_DIVIDE || e->op == MDL_OP_MOD || e->op == MDL_OP_DIV;
	int first = division, then = !division;
	if ((regs[first] = mdl_comp_expr(c, e->args[first], sel)) < 0)
		return MDL_REG_NONE;
	bool strict = e->op != MDL_OP_EQ_NULL && e->op != MDL_OP_CONCAT;
	if (strict)
		s = mdl_comp_unless_null(c, regs[first], sel);
	size_t mark = c->v->ninstrs;
	if ((regs[then] = mdl_comp_expr(c, e->args[then], s)) < 0)
		return MDL_REG_NONE;
	bool text = mdl_comp_type(c, regs[then])->kind == MDL_T_STRING &&
		    mdl_comp_type(c, regs[first])->kind != MDL_T_STRING;
	bool guard = s != sel && (text || mdl_comp_risky(c, mark));
	if (s != sel && !guard) {
		mdl_comp_hoist(c, mark, s, sel);
		s = sel;
	}
	if ((r = operate(c, e, regs, s)) < 0)
		return r;
	if (strict && (is_null_constant(c, regs[0]) || is_null_constant(c, regs[1])))
		return mdl_comp_constant(c, mdl_vec_null(&c->v->arena, mdl_comp_type(c, r)));
	return guard ? mdl_comp_or_null(c, regs[first], r, sel) : r;
}

/* ---- IN and LIKE ---- */

/* A list that is not constant: x = a OR x = b ..., each compared for the rows that no earlier one has decided. */
static int in_chain(struct mdl_comp *c, const struct mdl_expr *e, const struct mdl_type *t, int x, int sel)
{
	int sum = MDL_REG_NONE, base = mdl_comp_unless_null(c, x, sel), s = base;
	size_t start = c->v->ninstrs;
	for (size_t i = 1; i < e->nargs; i++) {
		size_t mark = c->v->ninstrs;
		int r = mdl_comp_expr(c, e->args[i], s);
		if (r < 0 || (r = mdl_comp_cast(c, r, t, s, false, e)) < 0 ||
		    (r = mdl_comp_compare(c, e, MDL_OP_EQ, x, r, s)) < 0)
			return MDL_REG_NONE;
		mdl_comp_hoist(c, mark, s, base);
		struct mdl_instr in = {.run = mdl_kernel_or, .name = "or", .type = &mdl_type_boolean};
		int args[2] = {sum, r};
		sum = sum < 0 ? r : mdl_comp_instr(c, &in, args, 2, base);
		s = mdl_comp_sel(c, base, sum, MDL_SEL_NOT_TRUE);
	}
	if (base == sel || sum < 0)
		return sum;
	if (mdl_comp_risky(c, start))
		return mdl_comp_or_null(c, x, sum, sel);
	mdl_comp_hoist(c, start, base, sel);
	return sum;
}

int mdl_comp_in(struct mdl_comp *c, const struct mdl_expr *e, int sel)
{
	if (e->query)
		return mdl_comp_fail(
			c, e,
			"[UNSUPPORTED_FEATURE] medal does not carry out a subquery in IN but in the WHERE of a "
			"query, by itself or beside AND (join with the table instead)");
	size_t n = e->nargs;
	int *regs = mdl_arena_alloc(&c->v->arena, n * sizeof(*regs));
	const struct mdl_vec **values = mdl_arena_alloc(&c->v->arena, n * sizeof(*values));
	const struct mdl_type *t = NULL;
	bool constant = true;
	for (size_t i = 0; i < n; i++) {
		if ((regs[i] = mdl_comp_expr(c, e->args[i], sel)) < 0)
			return MDL_REG_NONE;
		const struct mdl_type *ti = mdl_comp_type(c, regs[i]);
		const struct mdl_type *wide =
			t ? mdl_coerce_nested(&c->v->arena, t, ti, c->p->session->ansi, true) : ti;
		if (!wide)
			return differ(c, e, regs[0], regs[i]);
		t = wide;
	}
	if (t->kind == MDL_T_NULL)
		t = &mdl_type_boolean;
	if (!mdl_type_has_order(t))
		return no_order(c, e, t);
	constant = !mdl_type_is_complex(t);
	for (size_t i = 0; i < n; i++) {
		if ((regs[i] = mdl_comp_cast(c, regs[i], t, sel, false, e)) < 0)
			return MDL_REG_NONE;
		values[i] = mdl_comp_const(c, regs[i]);
		constant = constant && (i == 0 || values[i]);
	}
	int r;
	if (constant) {
		struct mdl_instr in = {.run = mdl_kernel_in, .name = "in", .type = &mdl_type_boolean};
		in.ptr = mdl_in_set_new(&c->v->arena, t, values + 1, n - 1);
		r = mdl_comp_instr(c, &in, regs, 1, sel);
	} else {
		r = in_chain(c, e, t, regs[0], sel);
	}
	return e->negate ? mdl_comp_not(c, r, sel) : r;
}

int mdl_comp_like(struct mdl_comp *c, const struct mdl_expr *e, int sel)
{
	int args[2];
	const struct mdl_expr *escape = e->nargs > 2 ? e->args[2] : NULL;
	if (escape && (escape->kind != MDL_E_LITERAL || escape->value.type->kind != MDL_T_STRING ||
		       escape->value.str.n != 1))
		return mdl_comp_fail(
			c, escape,
			"[INVALID_ESCAPE_CHAR] `EscapeChar` should be a string literal of length one");
	for (size_t i = 0; i < 2; i++) {
		if ((args[i] = mdl_comp_expr(c, e->args[i], sel)) < 0)
			return MDL_REG_NONE;
		const struct mdl_type *t = mdl_comp_type(c, args[i]);
		if (!mdl_coerce_implicit(t, &mdl_type_string, c->p->session->ansi) || mdl_type_is_complex(t))
			return wrong(c, e, "\"STRING\"", t);
		if ((args[i] = mdl_comp_cast(c, args[i], &mdl_type_string, sel, false, e)) < 0)
			return MDL_REG_NONE;
	}
	struct mdl_instr in = {.run = e->op == MDL_OP_RLIKE ? mdl_kernel_rlike : mdl_kernel_like,
			       .name = e->op == MDL_OP_RLIKE  ? "rlike"
				       : e->op == MDL_OP_LIKE ? "like"
							      : "ilike",
			       .type = &mdl_type_boolean};
	in.imm = (e->op == MDL_OP_ILIKE) << 8 | (unsigned char)(escape ? escape->value.str.p[0] : '\\');
	in.costly = true;
	const struct mdl_vec *pattern = mdl_comp_const(c, args[1]);
	struct mdl_err err = MDL_ERR_INIT;
	int r;
	if (pattern && pattern->valid[0]) {
		if (e->op != MDL_OP_RLIKE) {
			in.ptr = mdl_like_new(&c->v->arena, pattern->str[0], (char)in.imm,
					      e->op == MDL_OP_ILIKE, &err);
			if (!in.ptr)
				return mdl_comp_fail(c, e, "%s", err.msg);
		} else {
			in.state = mdl_rlike_new(pattern->str[0], &err);
			if (!in.state)
				return mdl_comp_fail(c, e, "%s", err.msg);
		}
	} else {
		in.can_fail = true;
	}
	size_t before = c->v->ninstrs;
	r = mdl_comp_instr(c, &in, args, 2, sel);
	if (c->v->ninstrs == before && in.state)
		mdl_rlike_free(in.state);
	return e->negate ? mdl_comp_not(c, r, sel) : r;
}
