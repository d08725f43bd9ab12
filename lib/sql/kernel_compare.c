/* SPDX-License-Identifier: MIT
 *
 * Comparisons and IN over typed columns, one loop for each representation. Spark's
 * order: NaN equals NaN and is above all else, -0.0 equals 0.0, strings by bytes.
 */
#include <math.h>
#include <string.h>

#include "base/num.h"
#include "sql/program.h"
#include "sql/vec_grow.h"

static inline int order_f64(double a, double b)
{
	if (a < b)
		return -1;
	if (a > b)
		return 1;
	if (a == b)
		return 0;
	return (isnan(a) != 0) - (isnan(b) != 0);
}

#define F64_EQ(a, b) ((a) == (b) || ((a) != (a) && (b) != (b)))
#define F64_LT(a, b) ((a) < (b) || ((a) == (a) && (b) != (b)))

/* Rows of one contiguous run against a constant: no index, no mask, so the compiler makes vectors of it. */
#define DENSE(T, field, COND)                                             \
	do {                                                              \
		const T *restrict p = a->field;                           \
		const uint8_t *restrict va = a->valid;                    \
		uint8_t *restrict o = out->b8, *restrict vo = out->valid; \
		const T y = b->field[0];                                  \
		const uint8_t vb = b->valid[0];                           \
		for (size_t i = 0; i < n; i++) {                          \
			const T x1 = p[i];                                \
			o[i] = (COND);                                    \
			vo[i] = va[i] & vb;                               \
		}                                                         \
	} while (0)

#define SPARSE(T, field, COND)                                     \
	MDL_EACH(row, sel, n)                                      \
	{                                                          \
		size_t ra = mdl_row(a, row), rb = mdl_row(b, row); \
		out->valid[row] = a->valid[ra] & b->valid[rb];     \
		if (!out->valid[row])                              \
			continue;                                  \
		const T x1 = a->field[ra], y = b->field[rb];       \
		out->b8[row] = (COND);                             \
	}

#define LOOP(T, field, COND)                   \
	do {                                   \
		if (dense)                     \
			DENSE(T, field, COND); \
		else                           \
			SPARSE(T, field, COND) \
	} while (0)

#define ALL_OPS(T, field, EQ, LT, LE)       \
	switch (op) {                       \
	case MDL_OP_EQ:                     \
		LOOP(T, field, EQ(x1, y));  \
		break;                      \
	case MDL_OP_NE:                     \
		LOOP(T, field, !EQ(x1, y)); \
		break;                      \
	case MDL_OP_LT:                     \
		LOOP(T, field, LT(x1, y));  \
		break;                      \
	case MDL_OP_LE:                     \
		LOOP(T, field, LE(x1, y));  \
		break;                      \
	case MDL_OP_GT:                     \
		LOOP(T, field, LT(y, x1));  \
		break;                      \
	default:                            \
		LOOP(T, field, LE(y, x1));  \
	}

#define PLAIN_EQ(a, b) ((a) == (b))
#define PLAIN_LT(a, b) ((a) < (b))
#define PLAIN_LE(a, b) ((a) <= (b))
#define F64_LE(a, b) (!F64_LT(b, a))
#define STR_EQ(a, b) mdl_slice_eq(a, b)
#define STR_LT(a, b) (mdl_slice_cmp(a, b) < 0)
#define STR_LE(a, b) (mdl_slice_cmp(a, b) <= 0)

/* ARRAY and STRUCT, element by element; a NULL inside is the least. */
static void compare_nested(enum mdl_op_code op, const struct mdl_vec *a, const struct mdl_vec *b,
			   const uint32_t *sel, size_t n, struct mdl_vec *out)
{
	MDL_EACH(row, sel, n)
	{
		out->valid[row] = a->valid[mdl_row(a, row)] & b->valid[mdl_row(b, row)];
		if (!out->valid[row])
			continue;
		int d = mdl_vec_compare(a, row, b, row);
		out->b8[row] = op == MDL_OP_EQ   ? d == 0
			       : op == MDL_OP_NE ? d != 0
			       : op == MDL_OP_LT ? d < 0
			       : op == MDL_OP_LE ? d <= 0
			       : op == MDL_OP_GT ? d > 0
						 : d >= 0;
	}
}

static void compare(enum mdl_op_code op, const struct mdl_vec *a, const struct mdl_vec *b,
		    const uint32_t *sel, size_t n, struct mdl_vec *out)
{
	bool dense = !sel && a->mask && !b->mask;
	if (mdl_type_is_complex(a->type)) {
		compare_nested(op, a, b, sel, n, out);
		return;
	}
	switch (a->type->kind) {
	case MDL_T_BOOLEAN:
		ALL_OPS(uint8_t, b8, PLAIN_EQ, PLAIN_LT, PLAIN_LE)
		break;
	case MDL_T_FLOAT:
	case MDL_T_DOUBLE:
		ALL_OPS(double, f64, F64_EQ, F64_LT, F64_LE)
		break;
	case MDL_T_DECIMAL:
		ALL_OPS(mdl_i128, i128, PLAIN_EQ, PLAIN_LT, PLAIN_LE)
		break;
	case MDL_T_STRING:
	case MDL_T_BINARY:
		dense = false; /* what NULLs point at must not be read */
		ALL_OPS(struct mdl_slice, str, STR_EQ, STR_LT, STR_LE)
		break;
	default:
		ALL_OPS(int64_t, i64, PLAIN_EQ, PLAIN_LT, PLAIN_LE)
	}
}

void mdl_kernel_compare(struct mdl_exec *x, const struct mdl_instr *in, const uint32_t *sel, size_t n,
			struct mdl_vec *out)
{
	compare((enum mdl_op_code)in->imm, mdl_kernel_nested(x, in->args[0], sel, n),
		mdl_kernel_nested(x, in->args[1], sel, n), sel, n, out);
}

void mdl_kernel_compare_null(struct mdl_exec *x, const struct mdl_instr *in, const uint32_t *sel, size_t n,
			     struct mdl_vec *out)
{
	const struct mdl_vec *a = mdl_kernel_nested(x, in->args[0], sel, n);
	const struct mdl_vec *b = mdl_kernel_nested(x, in->args[1], sel, n);
	compare(MDL_OP_EQ, a, b, sel, n, out);
	MDL_EACH(row, sel, n)
	{
		if (!out->valid[row])
			out->b8[row] = !a->valid[mdl_row(a, row)] && !b->valid[mdl_row(b, row)];
		out->valid[row] = 1;
	}
}

int mdl_compare_any(const struct mdl_any *a, const struct mdl_any *b)
{
	switch (a->type->kind) {
	case MDL_T_BOOLEAN:
		return (a->b8 > b->b8) - (a->b8 < b->b8);
	case MDL_T_FLOAT:
	case MDL_T_DOUBLE:
		return order_f64(a->f64, b->f64);
	case MDL_T_DECIMAL:
		return (a->i128 > b->i128) - (a->i128 < b->i128);
	case MDL_T_STRING:
	case MDL_T_BINARY:
		return mdl_slice_cmp(a->str, b->str);
	default:
		return (a->i64 > b->i64) - (a->i64 < b->i64);
	}
}

/* ---- IN ---- */

enum { FEW = 8 };

struct mdl_in_set {
	struct mdl_vec *values;
	size_t n; /* without NULLs and repeats */
	bool has_null;
	uint64_t *words; /* for few strings of 1 to 8 bytes: their bytes, by which they are told apart */
	uint32_t *slots; /* for more than FEW: index + 1 into values, open addressing */
	size_t mask;
};

static size_t hash_u64(uint64_t h)
{
	h ^= h >> 32;
	h *= 0xd6e8feb86659fd93u;
	h ^= h >> 32;
	return (size_t)h;
}

static size_t hash_value(const struct mdl_vec *v, size_t row)
{
	uint64_t h = 0xcbf29ce484222325u;
	switch (v->type->kind) {
	case MDL_T_STRING:
	case MDL_T_BINARY:
		for (size_t i = 0; i < v->str[row].n; i++)
			h = (h ^ (unsigned char)v->str[row].p[i]) * 0x100000001b3u;
		return hash_u64(h);
	case MDL_T_FLOAT:
	case MDL_T_DOUBLE: {
		double d = v->f64[row] == 0 ? 0 : v->f64[row];
		if (isnan(d))
			return 1;
		memcpy(&h, &d, sizeof(h));
		return hash_u64(h);
	}
	case MDL_T_DECIMAL:
		return hash_u64((uint64_t)v->i128[row] ^ (uint64_t)(v->i128[row] >> 64));
	case MDL_T_BOOLEAN:
		return v->b8[row];
	default:
		return hash_u64((uint64_t)v->i64[row]);
	}
}

static bool equal_values(const struct mdl_vec *a, size_t ra, const struct mdl_vec *b, size_t rb)
{
	switch (a->type->kind) {
	case MDL_T_STRING:
	case MDL_T_BINARY:
		return mdl_slice_eq(a->str[ra], b->str[rb]);
	case MDL_T_FLOAT:
	case MDL_T_DOUBLE:
		return F64_EQ(a->f64[ra], b->f64[rb]);
	case MDL_T_DECIMAL:
		return a->i128[ra] == b->i128[rb];
	case MDL_T_BOOLEAN:
		return a->b8[ra] == b->b8[rb];
	default:
		return a->i64[ra] == b->i64[rb];
	}
}

static bool in_set(const struct mdl_in_set *s, const struct mdl_vec *v, size_t row)
{
	if (!s->slots) {
		for (size_t i = 0; i < s->n; i++)
			if (equal_values(s->values, i, v, row))
				return true;
		return false;
	}
	for (size_t h = hash_value(v, row) & s->mask; s->slots[h]; h = (h + 1) & s->mask)
		if (equal_values(s->values, s->slots[h] - 1, v, row))
			return true;
	return false;
}

/* The bytes of a string of 1 to 8, with its length a value of its own for each. */
static inline uint64_t word_of(struct mdl_slice s)
{
	return mdl_num_few_bytes(s.p, s.n);
}

static void make_words(struct mdl_arena *a, struct mdl_in_set *s)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->values->str[i].n < 1 || s->values->str[i].n > 8)
			return;
	s->words = mdl_arena_alloc(a, (s->n + 1) * sizeof(*s->words));
	for (size_t i = 0; i < s->n; i++)
		s->words[i] = word_of(s->values->str[i]);
}

/* Is one of the set's few short strings STR? */
static inline uint8_t is_word(const struct mdl_in_set *s, struct mdl_slice str)
{
	if (str.n - 1 > 7)
		return 0;
	uint64_t w = word_of(str);
	uint8_t found = 0;
	for (size_t i = 0; i < s->n; i++)
		found |= (s->words[i] == w) & (s->values->str[i].n == str.n);
	return found;
}

struct mdl_in_set *mdl_in_set_new(struct mdl_arena *a, const struct mdl_type *t,
				  const struct mdl_vec *const *values, size_t n)
{
	struct mdl_in_set *s = mdl_arena_zalloc(a, sizeof(*s));
	size_t slots = 16;
	while (slots < n * 2)
		slots *= 2;
	s->values = mdl_vec_new(a, t, n);
	if (n > FEW) {
		s->slots = mdl_arena_zalloc(a, slots * sizeof(*s->slots));
		s->mask = slots - 1;
	}
	for (size_t i = 0; i < n; i++) {
		if (!values[i]->valid[0]) {
			s->has_null = true;
			continue;
		}
		if (in_set(s, values[i], 0))
			continue;
		mdl_vec_copy(s->values, s->n++, values[i], 0);
		if (!s->slots)
			continue;
		size_t h = hash_value(values[i], 0) & s->mask;
		while (s->slots[h])
			h = (h + 1) & s->mask;
		s->slots[h] = (uint32_t)s->n;
	}
	if (!s->slots && t->kind == MDL_T_STRING)
		make_words(a, s);
	return s;
}

void mdl_kernel_in(struct mdl_exec *x, const struct mdl_instr *in, const uint32_t *sel, size_t n,
		   struct mdl_vec *out)
{
	const struct mdl_vec *v = x->reg[in->args[0]];
	const struct mdl_in_set *s = in->ptr;
	MDL_EACH(row, sel, n)
	{
		size_t r = mdl_row(v, row);
		out->valid[row] = v->valid[r];
		if (!v->valid[r])
			continue;
		out->b8[row] = s->words ? is_word(s, v->str[r]) : in_set(s, v, r);
		out->valid[row] = out->b8[row] || !s->has_null;
	}
}
