/* SPDX-License-Identifier: MIT
 *
 * Arithmetic over typed columns. Errors are Spark's: overflow and division by zero
 * fail the row in ANSI mode, are NULL inside try_... and wrap or are NULL without ANSI.
 */
#include <math.h>

#include "sql/decimal.h"
#include "sql/program.h"

static void overflow(struct mdl_exec *x, const struct mdl_instr *in, struct mdl_vec *out, size_t row)
{
	enum mdl_op_code op = (enum mdl_op_code)in->imm;
	const char *instead = op == MDL_OP_ADD   ? "try_add"
			      : op == MDL_OP_SUB ? "try_subtract"
			      : op == MDL_OP_MUL ? "try_multiply"
						 : NULL;
	x->fx.quiet = in->quiet;
	if (instead && (in->type->kind == MDL_T_TINYINT || in->type->kind == MDL_T_SMALLINT))
		mdl_fn_fail(&x->fx, out, row, "BINARY_ARITHMETIC_OVERFLOW", "a value is outside of %s",
			    in->type->kind == MDL_T_TINYINT ? "TINYINT" : "SMALLINT");
	else if (in->type->kind == MDL_T_INTERVAL_DT || in->type->kind == MDL_T_INTERVAL_YM)
		mdl_fn_fail(&x->fx, out, row,
			    instead ? "INTERVAL_ARITHMETIC_OVERFLOW.WITH_SUGGESTION"
				    : "INTERVAL_ARITHMETIC_OVERFLOW.WITHOUT_SUGGESTION",
			    "Integer overflow while operating with intervals");
	else
		mdl_fn_fail(&x->fx, out, row, "ARITHMETIC_OVERFLOW", "%s overflow.%s%s%s",
			    in->type->kind == MDL_T_INT ? "integer" : "long", instead ? " Use '" : "",
			    instead ? instead : "",
			    instead ? "' to tolerate overflow and return NULL instead." : "");
	x->fx.quiet = false;
}

static void by_zero(struct mdl_exec *x, const struct mdl_instr *in, struct mdl_vec *out, size_t row)
{
	x->fx.quiet = in->quiet || !x->fx.session->ansi;
	if (in->imm == MDL_OP_MOD)
		mdl_fn_fail(
			&x->fx, out, row, "REMAINDER_BY_ZERO",
			"Remainder by zero. Use `try_mod` to tolerate divisor being 0 and return NULL instead.");
	else
		mdl_fn_fail(
			&x->fx, out, row, "DIVIDE_BY_ZERO",
			"Division by zero. Use `try_divide` to tolerate divisor being 0 and return NULL instead.");
	x->fx.quiet = false;
}

static int64_t wrap(const struct mdl_type *t, int64_t v)
{
	switch (t->kind) {
	case MDL_T_TINYINT:
		return (int8_t)v;
	case MDL_T_SMALLINT:
		return (int16_t)v;
	case MDL_T_INT:
	case MDL_T_DATE:
	case MDL_T_INTERVAL_YM:
		return (int32_t)v;
	default:
		return v;
	}
}

/* The difference of two dates is in days, and kept in microseconds. */
static int64_t unit_of(const struct mdl_type *a, const struct mdl_type *b)
{
	return a->kind == MDL_T_DATE && b->kind == MDL_T_DATE ? 86400000000 : 1;
}

static void int_op(struct mdl_exec *x, const struct mdl_instr *in, const uint32_t *sel, size_t n,
		   struct mdl_vec *out)
{
	const struct mdl_vec *a = x->reg[in->args[0]], *b = x->reg[in->args[1]];
	int64_t unit = unit_of(a->type, b->type);
	bool interval = in->type->kind >= MDL_T_DATE; /* always checked */
	MDL_EACH(row, sel, n)
	{
		size_t ra = mdl_row(a, row), rb = mdl_row(b, row);
		out->valid[row] = a->valid[ra] & b->valid[rb];
		if (!out->valid[row])
			continue;
		int64_t l = a->i64[ra], r = b->i64[rb], v = 0;
		bool over = false;
		switch ((enum mdl_op_code)in->imm) {
		case MDL_OP_ADD:
			over = __builtin_add_overflow(l, r, &v);
			break;
		case MDL_OP_SUB:
			over = __builtin_sub_overflow(l, r, &v);
			break;
		case MDL_OP_MUL:
			over = __builtin_mul_overflow(l, r, &v);
			break;
		default: /* MOD, DIV */
			if (r == 0) {
				by_zero(x, in, out, row);
				continue;
			}
			if (r == -1) {
				over = in->imm == MDL_OP_DIV && l == INT64_MIN;
				v = in->imm == MDL_OP_DIV ? (int64_t)(0 - (uint64_t)l) : 0;
			} else {
				v = in->imm == MDL_OP_DIV ? l / r : l % r;
			}
		}
		if (unit > 1)
			over |= __builtin_mul_overflow(v, unit, &v);
		over |= wrap(in->type, v) != v;
		if (over && (x->fx.session->ansi || in->quiet || interval)) {
			overflow(x, in, out, row);
			continue;
		}
		out->i64[row] = wrap(in->type, v);
	}
}

static void f64_op(struct mdl_exec *x, const struct mdl_instr *in, const uint32_t *sel, size_t n,
		   struct mdl_vec *out)
{
	const struct mdl_vec *a = x->reg[in->args[0]], *b = x->reg[in->args[1]];
	bool narrow = in->type->kind == MDL_T_FLOAT;
	MDL_EACH(row, sel, n)
	{
		size_t ra = mdl_row(a, row), rb = mdl_row(b, row);
		out->valid[row] = a->valid[ra] & b->valid[rb];
		if (!out->valid[row])
			continue;
		double l = a->f64[ra], r = b->f64[rb], v;
		switch ((enum mdl_op_code)in->imm) {
		case MDL_OP_ADD:
			v = l + r;
			break;
		case MDL_OP_SUB:
			v = l - r;
			break;
		case MDL_OP_MUL:
			v = l * r;
			break;
		default:
			if (r == 0) {
				by_zero(x, in, out, row);
				continue;
			}
			v = in->imm == MDL_OP_MOD ? fmod(l, r) : l / r;
		}
		out->f64[row] = narrow ? (double)(float)v : v;
	}
}

static void decimal_op(struct mdl_exec *x, const struct mdl_instr *in, const uint32_t *sel, size_t n,
		       struct mdl_vec *out)
{
	const struct mdl_vec *a = x->reg[in->args[0]], *b = x->reg[in->args[1]];
	const struct mdl_dec to = {in->type->precision, in->type->scale};
	unsigned as = a->type->scale, bs = b->type->scale;
	MDL_EACH(row, sel, n)
	{
		size_t ra = mdl_row(a, row), rb = mdl_row(b, row);
		out->valid[row] = a->valid[ra] & b->valid[rb];
		if (!out->valid[row])
			continue;
		mdl_i128 l = a->i128[ra], r = b->i128[rb], v = 0;
		bool ok;
		if (in->imm != MDL_OP_ADD && in->imm != MDL_OP_SUB && in->imm != MDL_OP_MUL && r == 0) {
			by_zero(x, in, out, row);
			continue;
		}
		switch ((enum mdl_op_code)in->imm) {
		case MDL_OP_ADD:
			ok = mdl_decimal_add(l, as, r, bs, to, &v);
			break;
		case MDL_OP_SUB:
			ok = mdl_decimal_sub(l, as, r, bs, to, &v);
			break;
		case MDL_OP_MUL:
			ok = mdl_decimal_mul(l, as, r, bs, to, &v);
			break;
		case MDL_OP_DIVIDE:
			ok = mdl_decimal_div(l, as, r, bs, to, &v);
			break;
		case MDL_OP_DIV:
			ok = mdl_decimal_quot(l, as, r, bs, &out->i64[row]);
			break;
		default:
			ok = mdl_decimal_rem(l, as, r, bs, to, &v);
		}
		if (!ok) {
			x->fx.quiet = in->quiet || !x->fx.session->ansi;
			const struct mdl_dec most = {MDL_DECIMAL_DIGITS, 0};
			if (in->imm == MDL_OP_DIV && mdl_decimal_div(l, as, r, bs, most, &v))
				mdl_fn_fail(&x->fx, out, row, "ARITHMETIC_OVERFLOW",
					    "Overflow in integral divide. Use 'try_divide' to "
					    "tolerate overflow and return NULL instead.");
			else
				mdl_fn_fail(&x->fx, out, row, "NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION",
					    "The result cannot be represented as Decimal(%u, %u).",
					    in->imm == MDL_OP_DIV ? most.p : to.p, to.s);
			x->fx.quiet = false;
		} else if (in->imm != MDL_OP_DIV) {
			out->i128[row] = v;
		}
	}
}

void mdl_kernel_arith(struct mdl_exec *x, const struct mdl_instr *in, const uint32_t *sel, size_t n,
		      struct mdl_vec *out)
{
	if (x->reg[in->args[0]]->type->kind == MDL_T_DECIMAL)
		decimal_op(x, in, sel, n, out);
	else if (mdl_type_is_fractional(in->type))
		f64_op(x, in, sel, n, out);
	else
		int_op(x, in, sel, n, out);
}

static void negate_decimal(struct mdl_exec *x, const struct mdl_instr *in, struct mdl_vec *out, size_t row,
			   mdl_i128 v)
{
	if (!mdl_decimal_negate(v, in->type->precision, &out->i128[row]))
		mdl_fn_fail(&x->fx, out, row, "NUMERIC_VALUE_OUT_OF_RANGE.WITHOUT_SUGGESTION",
			    "The rounded value cannot be represented as Decimal(%u, %u).",
			    in->type->precision, in->type->scale);
}

void mdl_kernel_negate(struct mdl_exec *x, const struct mdl_instr *in, const uint32_t *sel, size_t n,
		       struct mdl_vec *out)
{
	const struct mdl_vec *a = x->reg[in->args[0]];
	MDL_EACH(row, sel, n)
	{
		size_t r = mdl_row(a, row);
		out->valid[row] = a->valid[r];
		if (!a->valid[r])
			continue;
		if (mdl_type_is_fractional(in->type)) {
			out->f64[row] = -a->f64[r];
		} else if (in->type->kind == MDL_T_DECIMAL) {
			negate_decimal(x, in, out, row, a->i128[r]);
		} else if (in->imm == MDL_OP_BITNOT) {
			out->i64[row] = ~a->i64[r];
		} else {
			int64_t v = (int64_t)(0 - (uint64_t)a->i64[r]);
			bool over = wrap(in->type, v) != v || (a->i64[r] == INT64_MIN);
			if (over && x->fx.session->ansi)
				overflow(x, in, out, row);
			else
				out->i64[row] = wrap(in->type, v);
		}
	}
}

void mdl_kernel_bits(struct mdl_exec *x, const struct mdl_instr *in, const uint32_t *sel, size_t n,
		     struct mdl_vec *out)
{
	const struct mdl_vec *a = x->reg[in->args[0]], *b = x->reg[in->args[1]];
	bool narrow = in->type->kind != MDL_T_BIGINT;
	MDL_EACH(row, sel, n)
	{
		size_t ra = mdl_row(a, row), rb = mdl_row(b, row);
		out->valid[row] = a->valid[ra] & b->valid[rb];
		if (!out->valid[row])
			continue;
		int64_t l = a->i64[ra], r = b->i64[rb], v;
		unsigned count = (unsigned)r & (narrow ? 31 : 63);
		switch ((enum mdl_op_code)in->imm) {
		case MDL_OP_BITAND:
			v = l & r;
			break;
		case MDL_OP_BITOR:
			v = l | r;
			break;
		case MDL_OP_BITXOR:
			v = l ^ r;
			break;
		case MDL_OP_SHL:
			v = narrow ? (int32_t)((uint32_t)l << count) : (int64_t)((uint64_t)l << count);
			break;
		case MDL_OP_SHR:
			v = l >> count;
			break;
		default:
			v = narrow ? (int32_t)((uint32_t)l >> count) : (int64_t)((uint64_t)l >> count);
		}
		out->i64[row] = v;
	}
}
