/* SPDX-License-Identifier: MIT
 *
 * Functions of chance. With a seed they give what Spark gives for a table of one
 * partition: its XORShiftRandom, seeded through MurmurHash3, and java.util.Random's ways
 * from bits to numbers.
 */
#include <math.h>
#include <stdlib.h>
#include <sys/random.h>

#include "base/alloc.h"
#include "base/java_math.h"
#include "sql/coerce.h"
#include "sql/func_list.h"

struct chance {
	uint64_t seed;
	bool has_gaussian; /* they come in pairs */
	double gaussian;
};

static uint32_t rotate(uint32_t x, int by)
{
	return x << by | x >> (32 - by);
}

/* scala.util.hashing.MurmurHash3.bytesHash of eight bytes. */
static uint32_t murmur(uint64_t bytes, uint32_t h)
{
	for (int i = 0; i < 2; i++) {
		/* The seed's bytes in Java's order, read as little-endian words. */
		uint32_t k = __builtin_bswap32((uint32_t)(bytes >> (i ? 0 : 32)));
		k = rotate(k * 0xcc9e2d51u, 15) * 0x1b873593u;
		h = rotate(h ^ k, 13) * 5 + 0xe6546b64u;
	}
	h ^= 8;
	h = (h ^ h >> 16) * 0x85ebca6bu;
	h = (h ^ h >> 13) * 0xc2b2ae35u;
	return h ^ h >> 16;
}

static uint32_t next(struct chance *c, int bits)
{
	uint64_t s = c->seed;
	s ^= s << 21;
	s ^= s >> 35;
	s ^= s << 4;
	c->seed = s;
	return (uint32_t)(s & ((UINT64_C(1) << bits) - 1));
}

static double next_double(struct chance *c)
{
	uint64_t high = (uint64_t)next(c, 26) << 27;
	return (double)(high + next(c, 27)) * 0x1p-53;
}

static double next_gaussian(struct chance *c)
{
	double x, y, s;
	if (c->has_gaussian) {
		c->has_gaussian = false;
		return c->gaussian;
	}
	do {
		x = 2 * next_double(c) - 1;
		y = 2 * next_double(c) - 1;
		s = x * x + y * y;
	} while (s >= 1 || s == 0);
	double m = sqrt(-2 * mdl_java_math_log(s) / s);
	c->gaussian = y * m;
	c->has_gaussian = true;
	return x * m;
}

/* The seed is argument I; a NULL counts as 0. */
static int prepare(struct mdl_call *call, size_t i, struct mdl_err *err)
{
	const struct mdl_vec *seed = i < call->nargs ? call->consts[i] : NULL;
	uint64_t v = 0;
	if (i < call->nargs && !seed)
		return mdl_list_mismatch(
			call, "NON_FOLDABLE_INPUT",
			"the input `seed` should be a foldable \"INT\" or \"BIGINT\" expression", err);
	if (seed)
		v = seed->valid[0] && mdl_type_is_integral(seed->type) ? (uint64_t)seed->i64[0] : 0;
	else if (getrandom(&v, sizeof(v), 0) != (ssize_t)sizeof(v))
		return mdl_err_sys(err, "no random number for %s()", call->name);
	struct chance *c = mdl_zalloc(sizeof(*c));
	uint32_t low = murmur(v, 0x3c074a61);
	c->seed = (uint64_t)murmur(v, low) << 32 | low;
	call->state = c;
	return 0;
}

static int resolve_double(struct mdl_call *call, struct mdl_err *err)
{
	for (size_t i = 0; i < call->nargs; i++)
		call->args[i] = &mdl_type_bigint;
	call->result = &mdl_type_double;
	return prepare(call, 0, err);
}

static void f_rand(MDL_FN_PARAMS)
{
	MDL_FN_UNUSED;
	MDL_EACH(row, sel, n)
	{
		out->valid[row] = 1;
		out->f64[row] = next_double(ctx->state);
	}
}

static void f_randn(MDL_FN_PARAMS)
{
	MDL_FN_UNUSED;
	MDL_EACH(row, sel, n)
	{
		out->valid[row] = 1;
		out->f64[row] = next_gaussian(ctx->state);
	}
}

static int resolve_uniform(struct mdl_call *call, struct mdl_err *err)
{
	const struct mdl_type *t = mdl_coerce_common(call->args[0], call->args[1], true);
	if (!t || (!mdl_type_is_numeric(t) && t->kind != MDL_T_NULL))
		return mdl_list_mismatch(call, "UNEXPECTED_INPUT_TYPE", "its ends must be numbers", err);
	for (size_t i = 0; i < 2; i++)
		if (!call->consts[i])
			return mdl_list_mismatch(call, "NON_FOLDABLE_INPUT",
						 "the ends should be foldable expressions", err);
	call->result = t->kind == MDL_T_NULL ? &mdl_type_int : t;
	call->args[0] = call->args[1] = &mdl_type_double;
	return prepare(call, 2, err);
}

static void f_uniform(MDL_FN_PARAMS)
{
	(void)nargs;
	MDL_EACH(row, sel, n)
	{
		double lo = mdl_arg_double(args, 0, row), hi = mdl_arg_double(args, 1, row);
		double v = lo + (hi - lo) * next_double(ctx->state);
		out->valid[row] = mdl_arg_valid(args, 0, row) && mdl_arg_valid(args, 1, row);
		if (mdl_type_is_integral(out->type))
			out->i64[row] = (int64_t)v;
		else if (out->type->kind == MDL_T_DECIMAL)
			out->i128[row] = (mdl_i128)(v * pow(10, out->type->scale));
		else
			out->f64[row] = out->type->kind == MDL_T_FLOAT ? (double)(float)v : v;
	}
}

static int resolve_randstr(struct mdl_call *call, struct mdl_err *err)
{
	if (!call->consts[0])
		return mdl_list_mismatch(call, "NON_FOLDABLE_INPUT",
					 "the input `length` should be a foldable \"INT\" expression", err);
	call->args[0] = &mdl_type_int;
	call->result = &mdl_type_string;
	return prepare(call, 1, err);
}

static void f_randstr(MDL_FN_PARAMS)
{
	static const char pool[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
	(void)nargs;
	MDL_EACH(row, sel, n)
	{
		int64_t len = mdl_arg_valid(args, 0, row) ? mdl_arg_int(args, 0, row) : -1;
		out->valid[row] = 1;
		if (len < 0 || len > 1 << 20) {
			mdl_fn_fail(
				ctx, out, row, "INVALID_PARAMETER_VALUE.LENGTH",
				"The value of parameter(s) `length` in `randstr` is invalid: expects a number of at "
				"least 0, but got %lld.",
				(long long)len);
			continue;
		}
		char *p = mdl_arena_alloc(ctx->arena, (size_t)len + 1);
		for (int64_t i = 0; i < len; i++)
			p[i] = pool[abs((int32_t)next(ctx->state, 32) % 62)];
		out->str[row] = (struct mdl_slice){p, (size_t)len};
	}
}

static int resolve_uuid(struct mdl_call *call, struct mdl_err *err)
{
	call->result = &mdl_type_string;
	return prepare(call, 0, err);
}

static void f_uuid(MDL_FN_PARAMS)
{
	MDL_FN_UNUSED;
	MDL_EACH(row, sel, n)
	{
		struct chance *c = ctx->state;
		uint32_t a = next(c, 32), b = next(c, 32), d = next(c, 32), e = next(c, 32);
		out->valid[row] = 1;
		out->str[row] =
			mdl_slice_of(mdl_arena_printf(ctx->arena, "%08x-%04x-4%03x-%04x-%04x%08x", a, b >> 16,
						      b & 0xfff, 0x8000 | (d >> 16 & 0x3fff), d & 0xffff, e));
	}
}

enum { F = MDL_FN_CAN_FAIL, V = MDL_FN_VOLATILE };

const struct mdl_fn mdl_func_chance[] = {
	{"rand", 0, 1, V, NULL, resolve_double, free, f_rand},
	{"random", 0, 1, V, NULL, resolve_double, free, f_rand},
	{"randn", 0, 1, V, NULL, resolve_double, free, f_randn},
	{"uniform", 2, 3, V, NULL, resolve_uniform, free, f_uniform},
	{"randstr", 1, 2, V | F, NULL, resolve_randstr, free, f_randstr},
	{"uuid", 0, 0, V, NULL, resolve_uuid, free, f_uuid},
	{NULL, 0, 0, 0, NULL, NULL, NULL, NULL},
};
