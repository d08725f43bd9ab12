/* SPDX-License-Identifier: MIT
 *
 * SQL's three values: AND, OR, NOT, IS. The right side of AND and OR may be undefined
 * where the left decides.
 */
#include "sql/program.h"

#define LOAD(v, row) \
	const uint8_t v##v_ = v->valid[mdl_row(v, row)] & 1, v##b_ = v->b8[mdl_row(v, row)] & v##v_

void mdl_kernel_and(struct mdl_exec *x, const struct mdl_instr *in, const uint32_t *sel, size_t n,
		    struct mdl_vec *out)
{
	const struct mdl_vec *a = x->reg[in->args[0]], *b = x->reg[in->args[1]];
	MDL_EACH(row, sel, n)
	{
		LOAD(a, row);
		LOAD(b, row);
		uint8_t a_false = av_ & (ab_ ^ 1), b_false = bv_ & (bb_ ^ 1);
		out->b8[row] = ab_ & bb_;
		out->valid[row] = a_false | (b_false | (av_ & bv_));
	}
}

void mdl_kernel_or(struct mdl_exec *x, const struct mdl_instr *in, const uint32_t *sel, size_t n,
		   struct mdl_vec *out)
{
	const struct mdl_vec *a = x->reg[in->args[0]], *b = x->reg[in->args[1]];
	MDL_EACH(row, sel, n)
	{
		LOAD(a, row);
		LOAD(b, row);
		out->b8[row] = (ab_ | bb_) & 1;
		out->valid[row] = (ab_ | bb_ | (av_ & bv_)) & 1;
	}
}

void mdl_kernel_not(struct mdl_exec *x, const struct mdl_instr *in, const uint32_t *sel, size_t n,
		    struct mdl_vec *out)
{
	const struct mdl_vec *a = x->reg[in->args[0]];
	MDL_EACH(row, sel, n)
	{
		out->valid[row] = a->valid[mdl_row(a, row)] & 1;
		out->b8[row] = (a->b8[mdl_row(a, row)] ^ 1) & out->valid[row];
	}
}

/* imm 1: IS NULL, 0: IS NOT NULL. */
void mdl_kernel_is_null(struct mdl_exec *x, const struct mdl_instr *in, const uint32_t *sel, size_t n,
			struct mdl_vec *out)
{
	const struct mdl_vec *a = x->reg[in->args[0]];
	uint8_t flip = (uint8_t)in->imm;
	MDL_EACH(row, sel, n)
	{
		out->valid[row] = 1;
		out->b8[row] = (a->valid[mdl_row(a, row)] & 1) ^ flip;
	}
}

/* imm bit 0: TRUE (else FALSE), bit 1: NOT. */
void mdl_kernel_is_bool(struct mdl_exec *x, const struct mdl_instr *in, const uint32_t *sel, size_t n,
			struct mdl_vec *out)
{
	const struct mdl_vec *a = x->reg[in->args[0]];
	uint8_t want = in->imm & 1, negate = (in->imm >> 1) & 1;
	MDL_EACH(row, sel, n)
	{
		LOAD(a, row);
		out->valid[row] = 1;
		out->b8[row] = (av_ & (ab_ == want)) ^ negate;
	}
}
