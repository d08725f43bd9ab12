/* SPDX-License-Identifier: MIT
 *
 * Digests, hashes and byte encodings. MD5 (RFC 1321), SHA-1 and SHA-2 (FIPS 180-4) are
 * in digest.c; hash() is Spark's Murmur3 with its own treatment of a text's tail.
 */
#define XXH_INLINE_ALL
#include <string.h>
#include <xxhash.h>
#include <zlib.h>

#include "sql/calendar.h"
#include "sql/decimal.h"
#include "sql/digest.h"
#include "sql/func_list.h"

static const char lower_hex[] = "0123456789abcdef", upper_hex[] = "0123456789ABCDEF";

static struct mdl_slice put_hex(struct mdl_fn_ctx *ctx, const void *bytes, size_t n, const char *letters)
{
	const unsigned char *b = bytes;
	char *p = mdl_arena_alloc(ctx->arena, 2 * n + 1);
	for (size_t i = 0; i < n; i++) {
		p[2 * i] = letters[b[i] >> 4];
		p[2 * i + 1] = letters[b[i] & 15];
	}
	return (struct mdl_slice){p, 2 * n};
}

static void digest(MDL_FN_PARAMS, int bits)
{
	(void)nargs;
	unsigned char d[MDL_DIGEST_MAX];
	MDL_EACH(row, sel, n)
	out->str[row] = put_hex(ctx, d, mdl_digest(bits, mdl_arg_str(args, 0, row), d), lower_hex);
}

static void f_md5(MDL_FN_PARAMS)
{
	digest(ctx, args, nargs, sel, n, out, 128);
}

static void f_sha1(MDL_FN_PARAMS)
{
	digest(ctx, args, nargs, sel, n, out, 160);
}

static void f_sha2(MDL_FN_PARAMS)
{
	(void)nargs;
	unsigned char d[MDL_DIGEST_MAX];
	MDL_EACH(row, sel, n)
	{
		int64_t bits = mdl_arg_int(args, 1, row);
		if (bits == 0)
			bits = 256;
		if (bits != 224 && bits != 256 && bits != 384 && bits != 512)
			out->valid[row] = 0;
		else
			out->str[row] = put_hex(ctx, d, mdl_digest((int)bits, mdl_arg_str(args, 0, row), d),
						lower_hex);
	}
}

static void f_crc32(MDL_FN_PARAMS)
{
	MDL_FN_UNUSED;
	MDL_EACH(row, sel, n)
	{
		struct mdl_slice s = mdl_arg_str(args, 0, row);
		out->i64[row] = (int64_t)crc32_z(0, (const unsigned char *)s.p, s.n);
	}
}

/* ---- hash, xxhash64 ---- */

static uint32_t mix(uint32_t h, uint32_t k)
{
	k *= 0xcc9e2d51;
	k = k << 15 | k >> 17;
	k *= 0x1b873593;
	h ^= k;
	h = h << 13 | h >> 19;
	return h * 5 + 0xe6546b64;
}

static uint32_t finish(uint32_t h, uint32_t len)
{
	h ^= len;
	h ^= h >> 16;
	h *= 0x85ebca6b;
	h ^= h >> 13;
	h *= 0xc2b2ae35;
	return h ^ h >> 16;
}

static uint64_t hash_bytes(struct mdl_slice s, uint64_t seed, bool wide)
{
	if (wide)
		return XXH64(s.p, s.n, seed);
	uint32_t h = (uint32_t)seed, k;
	size_t i = 0;
	for (; i + 4 <= s.n; i += 4) {
		memcpy(&k, s.p + i, 4);
		h = mix(h, k);
	}
	for (; i < s.n; i++) /* each byte of the tail is a word of its own, sign and all */
		h = mix(h, (uint32_t)(int32_t)(signed char)s.p[i]);
	return finish(h, (uint32_t)s.n);
}

static uint64_t hash_int(int32_t v, uint64_t seed, bool wide)
{
	return wide ? XXH64(&v, 4, seed) : finish(mix((uint32_t)seed, (uint32_t)v), 4);
}

static uint64_t hash_long(int64_t v, uint64_t seed, bool wide)
{
	if (wide)
		return XXH64(&v, 8, seed);
	return finish(mix(mix((uint32_t)seed, (uint32_t)v), (uint32_t)((uint64_t)v >> 32)), 8);
}

static uint64_t hash_big(mdl_i128 v, uint64_t seed, bool wide)
{
	/* BigInteger.toByteArray: the shortest two's complement, the highest byte first. */
	unsigned char b[16];
	size_t n = 1;
	while (n < 16 && (v >> (8 * n - 1)) != 0 && (v >> (8 * n - 1)) != -1)
		n++;
	for (size_t i = 0; i < n; i++)
		b[i] = (unsigned char)(v >> (8 * (n - 1 - i)));
	return hash_bytes((struct mdl_slice){(const char *)b, n}, seed, wide);
}

static uint64_t hash_value(const struct mdl_vec *v, size_t row, uint64_t seed, bool wide)
{
	size_t r = mdl_row(v, row);
	if (!v->valid[r])
		return seed;
	switch (v->type->kind) {
	case MDL_T_BOOLEAN:
		return hash_int(v->b8[r], seed, wide);
	case MDL_T_TINYINT:
	case MDL_T_SMALLINT:
	case MDL_T_INT:
	case MDL_T_DATE:
	case MDL_T_INTERVAL_YM:
		return hash_int((int32_t)v->i64[r], seed, wide);
	case MDL_T_BIGINT:
	case MDL_T_TIMESTAMP:
	case MDL_T_TIMESTAMP_NTZ:
	case MDL_T_INTERVAL_DT:
		return hash_long(v->i64[r], seed, wide);
	case MDL_T_INTERVAL: {
		struct mdl_interval c = mdl_calendar_unpack(v->i128[r]);
		seed = hash_long(c.us, seed, wide);
		seed = hash_int((int32_t)c.days, seed, wide);
		return hash_int((int32_t)c.months, seed, wide);
	}
	case MDL_T_FLOAT: {
		float f = v->f64[r] == 0 ? 0 : (float)v->f64[r];
		int32_t b;
		memcpy(&b, &f, 4);
		return hash_int(f != f ? 0x7fc00000 : b, seed, wide);
	}
	case MDL_T_DOUBLE: {
		double d = v->f64[r] == 0 ? 0 : v->f64[r];
		int64_t b;
		memcpy(&b, &d, 8);
		return hash_long(d != d ? 0x7ff8000000000000 : b, seed, wide);
	}
	case MDL_T_DECIMAL:
		if (v->type->precision <= 18)
			return hash_long((int64_t)v->i128[r], seed, wide);
		return hash_big(v->i128[r], seed, wide);
	case MDL_T_STRING:
	case MDL_T_BINARY:
		return hash_bytes(v->str[r], seed, wide);
	case MDL_T_ARRAY:
	case MDL_T_MAP:
		for (uint32_t i = 0; i < v->span[r].n; i++) {
			seed = hash_value(v->child[0], v->span[r].at + i, seed, wide);
			if (v->type->kind == MDL_T_MAP)
				seed = hash_value(v->child[1], v->span[r].at + i, seed, wide);
		}
		return seed;
	case MDL_T_STRUCT:
		for (size_t i = 0; i < v->type->nfields; i++)
			seed = hash_value(v->child[i], row, seed, wide);
		return seed;
	default:
		return seed;
	}
}

static void f_hash(MDL_FN_PARAMS)
{
	(void)ctx;
	MDL_EACH(row, sel, n)
	{
		uint64_t h = 42;
		for (size_t i = 0; i < nargs; i++)
			h = hash_value(args[i], row, h, false);
		out->valid[row] = 1;
		out->i64[row] = (int32_t)h;
	}
}

static void f_xxhash64(MDL_FN_PARAMS)
{
	(void)ctx;
	MDL_EACH(row, sel, n)
	{
		uint64_t h = 42;
		for (size_t i = 0; i < nargs; i++)
			h = hash_value(args[i], row, h, true);
		out->valid[row] = 1;
		out->i64[row] = (int64_t)h;
	}
}

/* ---- hex, base64 ---- */

static int resolve_hex(struct mdl_call *call, struct mdl_err *err)
{
	(void)err;
	enum mdl_kind k = call->args[0]->kind;
	if (k != MDL_T_STRING && k != MDL_T_BINARY)
		call->args[0] = k == MDL_T_NULL ? &mdl_type_string : &mdl_type_bigint;
	call->result = &mdl_type_string;
	return 0;
}

static void f_hex(MDL_FN_PARAMS)
{
	(void)nargs;
	bool number = args[0]->type->kind == MDL_T_BIGINT;
	MDL_EACH(row, sel, n)
	{
		if (!number) {
			struct mdl_slice s = mdl_arg_str(args, 0, row);
			out->str[row] = put_hex(ctx, s.p, s.n, upper_hex);
			continue;
		}
		uint64_t v = (uint64_t)mdl_arg_int(args, 0, row);
		char *p = mdl_arena_alloc(ctx->arena, 16);
		size_t at = 16;
		do {
			p[--at] = upper_hex[v & 15];
			v >>= 4;
		} while (v);
		out->str[row] = (struct mdl_slice){p + at, 16 - at};
	}
}

static int hex_digit(char c)
{
	return c >= '0' && c <= '9'                     ? c - '0'
	       : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10
							: -1;
}

static void f_unhex(MDL_FN_PARAMS)
{
	(void)nargs;
	MDL_EACH(row, sel, n)
	{
		struct mdl_slice s = mdl_arg_str(args, 0, row);
		unsigned char *p = mdl_arena_alloc(ctx->arena, s.n / 2 + 1);
		bool odd = s.n & 1;
		size_t k = 0, i = 0;
		for (; i < s.n; k++) {
			int hi = odd && i == 0 ? 0 : hex_digit(s.p[i++]), lo = hex_digit(s.p[i++]);
			if (hi < 0 || lo < 0)
				break;
			p[k] = (unsigned char)(hi << 4 | lo);
		}
		if (k < (s.n + 1) / 2)
			out->valid[row] = 0;
		else
			out->str[row] = (struct mdl_slice){(const char *)p, k};
	}
}

static void f_base64(MDL_FN_PARAMS)
{
	(void)nargs;
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	MDL_EACH(row, sel, n)
	{
		struct mdl_slice s = mdl_arg_str(args, 0, row);
		/* MIME: a line break after each 76 letters. */
		char *r = mdl_arena_alloc(ctx->arena, (s.n + 2) / 3 * 4 + s.n / 57 * 2 + 4), *p = r;
		for (size_t i = 0; i < s.n; i += 3) {
			if (i && i % 57 == 0) {
				*p++ = '\r';
				*p++ = '\n';
			}
			uint32_t v = 0;
			for (size_t k = 0; k < 3; k++)
				v = v << 8 | (i + k < s.n ? (unsigned char)s.p[i + k] : 0);
			for (size_t k = 0; k < 4; k++)
				*p++ = k > s.n - i ? '=' : letters[(v >> (18 - 6 * k)) & 63];
		}
		out->str[row] = (struct mdl_slice){r, (size_t)(p - r)};
	}
}

static int base64_digit(char c)
{
	return c >= 'A' && c <= 'Z'   ? c - 'A'
	       : c >= 'a' && c <= 'z' ? c - 'a' + 26
	       : c >= '0' && c <= '9' ? c - '0' + 52
	       : c == '+'             ? 62
	       : c == '/'             ? 63
				      : -1;
}

static void f_unbase64(MDL_FN_PARAMS)
{
	(void)nargs;
	MDL_EACH(row, sel, n)
	{
		struct mdl_slice s = mdl_arg_str(args, 0, row);
		unsigned char *p = mdl_arena_alloc(ctx->arena, s.n / 4 * 3 + 4);
		size_t k = 0;
		uint32_t v = 0;
		int have = 0;
		for (size_t i = 0; i < s.n && s.p[i] != '='; i++) {
			int d = base64_digit(s.p[i]);
			if (d < 0)
				continue;
			v = v << 6 | (uint32_t)d;
			if (++have == 4) {
				p[k++] = (unsigned char)(v >> 16);
				p[k++] = (unsigned char)(v >> 8);
				p[k++] = (unsigned char)v;
				v = 0;
				have = 0;
			}
		}
		if (have >= 2)
			p[k++] = (unsigned char)(v >> (6 * have - 8));
		if (have == 3)
			p[k++] = (unsigned char)(v >> 2);
		if (have == 1)
			mdl_fn_fail(ctx, out, row, "CONVERSION_INVALID_INPUT",
				    "The value '%.*s' (\"STRING\") cannot be converted to "
				    "\"BINARY\" because it is malformed.",
				    (int)(s.n < 100 ? s.n : 100), s.p);
		else
			out->str[row] = (struct mdl_slice){(const char *)p, k};
	}
}

static bool has_map(const struct mdl_type *t)
{
	bool yes = t->kind == MDL_T_MAP || (t->kind == MDL_T_ARRAY && has_map(t->element));
	for (size_t i = 0; t->kind == MDL_T_STRUCT && i < t->nfields; i++)
		yes = yes || has_map(t->fields[i].type);
	return yes;
}

/* Equal maps may have their entries in another order. */
static int resolve_hash(struct mdl_call *call, struct mdl_err *err)
{
	for (size_t i = 0; i < call->nargs; i++)
		if (has_map(call->args[i]))
			return mdl_list_mismatch(
				call, "HASH_MAP_TYPE",
				"Input to the function cannot contain elements of the \"MAP\" type", err);
	return 0;
}

enum { S = MDL_FN_STRICT, F = MDL_FN_CAN_FAIL };

const struct mdl_fn mdl_func_hash[] = {
	{"md5", 1, 1, S, "BINARY:STRING", NULL, NULL, f_md5},
	{"sha", 1, 1, S, "BINARY:STRING", NULL, NULL, f_sha1},
	{"sha1", 1, 1, S, "BINARY:STRING", NULL, NULL, f_sha1},
	{"sha2", 2, 2, S, "BINARY,INT:STRING", NULL, NULL, f_sha2},
	{"crc32", 1, 1, S, "BINARY:BIGINT", NULL, NULL, f_crc32},
	{"hash", 1, 255, 0, "ANY:INT", resolve_hash, NULL, f_hash},
	{"xxhash64", 1, 255, 0, "ANY:BIGINT", resolve_hash, NULL, f_xxhash64},
	{"hex", 1, 1, S, NULL, resolve_hex, NULL, f_hex},
	{"unhex", 1, 1, S, "STRING:BINARY", NULL, NULL, f_unhex},
	{"base64", 1, 1, S, "BINARY:STRING", NULL, NULL, f_base64},
	{"unbase64", 1, 1, S | F, "STRING:BINARY", NULL, NULL, f_unbase64},
	{NULL, 0, 0, 0, NULL, NULL, NULL, NULL},
};
