/* SPDX-License-Identifier: MIT
 *
 * Texts to bytes and back by the name of their form, masking, check digits.
 */
#include <string.h>
#include <strings.h>
#include <utf8proc.h>

#include "sql/func_text.h"
#include "json/text.h"

static bool is(struct mdl_slice s, const char *word)
{
	return strlen(word) == s.n && strncasecmp(s.p, word, s.n) == 0;
}

/* ---- encode, decode ---- */

enum charset { UTF8, ASCII, LATIN1, UTF16, UTF16BE, UTF16LE, UTF32, NO_CHARSET };

static enum charset charset_of(struct mdl_slice s)
{
	static const char *const names[] = {"UTF-8",    "US-ASCII", "ISO-8859-1", "UTF-16",
					    "UTF-16BE", "UTF-16LE", "UTF-32"};
	for (int i = 0; i < NO_CHARSET; i++)
		if (is(s, names[i]))
			return (enum charset)i;
	return NO_CHARSET;
}

static void no_charset(struct mdl_fn_ctx *ctx, struct mdl_vec *out, size_t row, struct mdl_slice s,
		       const char *fn)
{
	mdl_fn_fail(
		ctx, out, row, "INVALID_PARAMETER_VALUE.CHARSET",
		"The value of parameter(s) `charset` in `%s` is invalid: expects one of the iso-8859-1, us-ascii, utf-16, utf-16be, "
		"utf-16le, utf-32, utf-8, but got '%.*s'.",
		fn, (int)(s.n < 60 ? s.n : 60), s.p);
}

/* The character at P; its bytes in *K. */
static uint32_t code_point(const char *p, size_t *k)
{
	*k = mdl_text_step(p);
	uint32_t c = (unsigned char)*p;
	if (*k == 1)
		return c;
	c &= 0xffu >> (*k + 1);
	for (size_t i = 1; i < *k; i++)
		c = c << 6 | ((unsigned char)p[i] & 0x3f);
	return c;
}

static char *put16(char *p, uint32_t u, bool little)
{
	p[little] = (char)(u >> 8);
	p[!little] = (char)u;
	return p + 2;
}

static void f_encode(MDL_FN_PARAMS)
{
	(void)nargs;
	MDL_EACH(row, sel, n)
	{
		struct mdl_slice s = mdl_arg_str(args, 0, row);
		enum charset cs = charset_of(mdl_arg_str(args, 1, row));
		if (cs == NO_CHARSET) {
			no_charset(ctx, out, row, mdl_arg_str(args, 1, row), "encode");
			continue;
		}
		out->str[row] = s;
		if (cs == UTF8)
			continue;
		char *r = mdl_arena_alloc(ctx->arena, 4 * s.n + 4), *p = r;
		bool ok = true;
		if (cs == UTF16 && s.n)
			p = put16(p, 0xfeff, false);
		for (size_t i = 0, k; i < s.n && ok; i += k) {
			uint32_t c = code_point(s.p + i, &k);
			if (cs == ASCII || cs == LATIN1) {
				ok = c < (cs == ASCII ? 0x80u : 0x100u);
				*p++ = (char)c;
			} else if (cs == UTF32) {
				p = put16(put16(p, c >> 16, false), c, false);
			} else if (c > 0xffff) {
				p = put16(p, 0xd800 + ((c - 0x10000) >> 10), cs == UTF16LE);
				p = put16(p, 0xdc00 + ((c - 0x10000) & 0x3ff), cs == UTF16LE);
			} else {
				p = put16(p, c, cs == UTF16LE);
			}
		}
		if (ok)
			out->str[row] = (struct mdl_slice){r, (size_t)(p - r)};
		else
			mdl_fn_fail(ctx, out, row, "MALFORMED_CHARACTER_CODING",
				    "Invalid value found when performing `encode` with the charset.");
	}
}

static char *put_utf8(char *p, uint32_t c)
{
	if (c < 0x80) {
		*p++ = (char)c;
		return p;
	}
	int more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
	*p++ = (char)((0xff00 >> (more + 1) & 0xff) | c >> (6 * more));
	while (more-- > 0)
		*p++ = (char)(0x80 | (c >> (6 * more) & 0x3f));
	return p;
}

/* Characters of S in CS as UTF-8 to P, which has room for 3 bytes for each of S; NULL: malformed. */
static char *decode(char *p, struct mdl_slice s, enum charset cs)
{
	const unsigned char *u = (const unsigned char *)s.p;
	bool little = cs == UTF16LE;
	size_t i = 0, unit = cs == UTF32 ? 4 : cs >= UTF16 ? 2 : 1;
	if (s.n % unit)
		return NULL;
	if (cs == UTF16 && s.n >= 2 && ((u[0] == 0xfe && u[1] == 0xff) || (u[0] == 0xff && u[1] == 0xfe))) {
		little = u[0] == 0xff;
		i = 2;
	}
	for (; i < s.n; i += unit) {
		uint32_t c = u[i];
		if (unit == 2)
			c = little ? (uint32_t)u[i + 1] << 8 | u[i] : (uint32_t)u[i] << 8 | u[i + 1];
		if (unit == 4)
			c = (uint32_t)u[i] << 24 | (uint32_t)u[i + 1] << 16 | (uint32_t)u[i + 2] << 8 |
			    u[i + 3];
		if (unit == 2 && c >= 0xd800 && c < 0xdc00 && i + 3 < s.n) {
			uint32_t low = little ? (uint32_t)u[i + 3] << 8 | u[i + 2]
					      : (uint32_t)u[i + 2] << 8 | u[i + 3];
			c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
			i += 2;
			if (low < 0xdc00 || low > 0xdfff)
				return NULL;
		}
		if ((cs == ASCII && c > 0x7f) || (c >= 0xd800 && c < 0xe000) || c > 0x10ffff)
			return NULL;
		p = put_utf8(p, c);
	}
	return p;
}

static void f_decode(MDL_FN_PARAMS)
{
	(void)nargs;
	MDL_EACH(row, sel, n)
	{
		struct mdl_slice s = mdl_arg_str(args, 0, row);
		enum charset cs = charset_of(mdl_arg_str(args, 1, row));
		if (cs == NO_CHARSET) {
			no_charset(ctx, out, row, mdl_arg_str(args, 1, row), "decode");
			continue;
		}
		char *r = cs == UTF8 ? NULL : mdl_arena_alloc(ctx->arena, 3 * s.n + 1),
		     *end = cs == UTF8 ? NULL : decode(r, s, cs);
		if (cs == UTF8 && mdl_utf8_valid(s))
			out->str[row] = s;
		else if (end)
			out->str[row] = (struct mdl_slice){r, (size_t)(end - r)};
		else
			mdl_fn_fail(ctx, out, row, "MALFORMED_CHARACTER_CODING",
				    "Invalid value found when performing `decode` with the charset.");
	}
}

/* ---- to_binary ---- */

static int hex_digit(char c)
{
	return c >= '0' && c <= '9'                     ? c - '0'
	       : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10
							: -1;
}

static bool from_hex(struct mdl_slice s, char *p, size_t *len)
{
	size_t i = 0, k = 0;
	for (bool odd = s.n & 1; i < s.n; odd = false) {
		int hi = odd ? 0 : hex_digit(s.p[i++]), lo = hex_digit(s.p[i++]);
		if (hi < 0 || lo < 0)
			return false;
		p[k++] = (char)(hi << 4 | lo);
	}
	*len = k;
	return true;
}

/* Strict RFC 4648 with white space between: whole groups of four, padding only at the end. */
static bool from_base64(struct mdl_slice s, char *p, size_t *len)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	uint32_t v = 0;
	size_t have = 0, pads = 0, k = 0;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		if (c == ' ' || (c >= '\t' && c <= '\r')) {
			if (pads)
				return false;
			continue;
		}
		const char *at = c ? strchr(letters, c) : NULL;
		if (c == '=') {
			if (have + pads < 2 || have + pads >= 4 || have < 2)
				return false;
			pads++;
			continue;
		}
		if (!at || pads)
			return false;
		v = v << 6 | (uint32_t)(at - letters);
		if (++have == 4) {
			p[k++] = (char)(v >> 16);
			p[k++] = (char)(v >> 8);
			p[k++] = (char)v;
			v = 0;
			have = 0;
		}
	}
	if (pads ? have + pads != 4 : have == 1)
		return false;
	if (have >= 2)
		p[k++] = (char)(v >> (6 * have - 8));
	if (have == 3)
		p[k++] = (char)(v >> 2);
	*len = k;
	return true;
}

static int resolve_to_binary(struct mdl_call *call, struct mdl_err *err)
{
	const struct mdl_vec *f = call->nargs > 1 ? call->consts[1] : NULL;
	if (strncmp(call->name, "try_", 4) == 0) /* a format that there is not gives NULL, too */
		return 0;
	if (f && f->valid[0] && !is(f->str[0], "hex") && !is(f->str[0], "utf-8") && !is(f->str[0], "utf8") &&
	    !is(f->str[0], "base64"))
		return mdl_err_set(
			err, MDL_TROUBLE,
			"[DATATYPE_MISMATCH.INVALID_ARG_VALUE] Cannot resolve \"%s\" due to data type "
			"mismatch: the `fmt` value must be a case-insensitive \"STRING\" literal of 'hex', 'utf-8', 'utf8', or "
			"'base64', but got '%.*s'",
			call->name, (int)f->str[0].n, f->str[0].p);
	return 0;
}

static void f_to_binary(MDL_FN_PARAMS)
{
	MDL_EACH(row, sel, n)
	{
		struct mdl_slice s = mdl_arg_str(args, 0, row),
				 form = nargs > 1 ? mdl_arg_str(args, 1, row) : MDL_SLICE("hex");
		out->str[row] = s;
		if (is(form, "utf-8") || is(form, "utf8"))
			continue;
		char *p = mdl_arena_alloc(ctx->arena, s.n + 4);
		size_t len = 0;
		if (is(form, "hex") ? from_hex(s, p, &len) : is(form, "base64") && from_base64(s, p, &len))
			out->str[row] = (struct mdl_slice){p, len};
		else
			mdl_fn_fail(
				ctx, out, row, "CONVERSION_INVALID_INPUT",
				"The value '%.*s' (\"STRING\") cannot be converted to \"BINARY\" because it is malformed. Correct the value "
				"as per the syntax, or change its format. Use `try_to_binary` to tolerate malformed input and return "
				"NULL instead.",
				(int)(s.n < 100 ? s.n : 100), s.p);
	}
}

/* ---- mask, luhn_check, elt ---- */

static int resolve_mask(struct mdl_call *call, struct mdl_err *err)
{
	for (size_t i = 1; i < call->nargs; i++) {
		const struct mdl_vec *c = call->consts[i];
		if (!c)
			return mdl_err_set(
				err, MDL_TROUBLE,
				"[DATATYPE_MISMATCH.NON_FOLDABLE_INPUT] Cannot resolve \"mask\" due to data type mismatch: the "
				"replacement %zu should be a foldable \"STRING\" expression",
				i);
		if (c->valid[0] && mdl_text_chars(c->str[0]) != 1)
			return mdl_err_set(
				err, MDL_TROUBLE,
				"[DATATYPE_MISMATCH.INPUT_SIZE_NOT_ONE] Cannot resolve \"mask\" due to data type mismatch: "
				"length of the replacement %zu should be 1",
				i);
	}
	return 0;
}

/* Capital, small letter, digit, other: by Java's classes of a char. */
static int mask_class(const char *p, size_t n)
{
	int32_t c;
	if (n == 4)
		return 3;
	utf8proc_iterate((const utf8proc_uint8_t *)p, (utf8proc_ssize_t)n, &c);
	utf8proc_category_t k = utf8proc_category(c);
	if (utf8proc_isupper(c) && k != UTF8PROC_CATEGORY_LT)
		return 0;
	if (utf8proc_islower(c))
		return 1;
	return k == UTF8PROC_CATEGORY_ND ? 2 : 3;
}

static void f_mask(MDL_FN_PARAMS)
{
	static const struct mdl_slice usual[] = {{"X", 1}, {"x", 1}, {"n", 1}};
	MDL_EACH(row, sel, n)
	{
		if (!(out->valid[row] = mdl_arg_valid(args, 0, row)))
			continue;
		struct mdl_slice s = mdl_arg_str(args, 0, row),
				 with[4] = {usual[0], usual[1], usual[2], {NULL, 0}};
		/* A NULL keeps the characters of its class. */
		for (size_t k = 1; k < nargs && k <= 4; k++)
			with[k - 1] = mdl_arg_valid(args, k, row) ? mdl_arg_str(args, k, row)
								  : (struct mdl_slice){NULL, 0};
		char *r = mdl_arena_alloc(ctx->arena, 4 * s.n + 8), *p = r;
		for (size_t i = 0, k; i < s.n; i += k) {
			k = mdl_text_step(s.p + i);
			int class = mask_class(s.p + i, k);
			struct mdl_slice w = with[class].n ? with[class] : (struct mdl_slice){s.p + i, k};
			size_t len = mdl_text_step(w.p);
			/* Java sees two characters where UTF-8 has four bytes. */
			for (int times = k == 4 && with[class].n ? 2 : 1; times > 0; times--) {
				memcpy(p, w.p, len);
				p += len;
			}
		}
		out->str[row] = (struct mdl_slice){r, (size_t)(p - r)};
	}
}

static void f_luhn_check(MDL_FN_PARAMS)
{
	MDL_FN_UNUSED;
	MDL_EACH(row, sel, n)
	{
		struct mdl_slice s = mdl_arg_str(args, 0, row);
		int sum = 0;
		bool ok = s.n > 0, twice = false;
		for (size_t i = s.n; i-- > 0 && ok; twice = !twice) {
			int d = s.p[i] - '0';
			ok = d >= 0 && d <= 9;
			d <<= twice;
			sum += d > 9 ? d - 9 : d;
		}
		out->b8[row] = ok && sum % 10 == 0;
	}
}

static int resolve_elt(struct mdl_call *call, struct mdl_err *err)
{
	(void)err;
	bool binary = true;
	for (size_t i = 1; i < call->nargs; i++)
		binary &= call->args[i]->kind == MDL_T_BINARY;
	call->args[0] = &mdl_type_int;
	for (size_t i = 1; i < call->nargs && !binary; i++)
		call->args[i] = &mdl_type_string;
	call->result = binary ? &mdl_type_binary : &mdl_type_string;
	return 0;
}

static void f_elt(MDL_FN_PARAMS)
{
	MDL_EACH(row, sel, n)
	{
		out->valid[row] = 0;
		if (!mdl_arg_valid(args, 0, row))
			continue;
		int64_t k = mdl_arg_int(args, 0, row);
		if (k >= 1 && k < (int64_t)nargs)
			mdl_vec_copy(out, row, args[k], row);
		else if (ctx->session->ansi)
			mdl_fn_fail(ctx, out, row, "INVALID_ARRAY_INDEX",
				    "The index %lld is out of bounds. The array has %zu elements.",
				    (long long)k, nargs - 1);
	}
}

enum { S = MDL_FN_STRICT, F = MDL_FN_CAN_FAIL, T = MDL_FN_TRY };

const struct mdl_fn mdl_func_encode[] = {
	{"encode", 2, 2, S | F, "STRING,STRING:BINARY", NULL, NULL, f_encode},
	{"decode", 2, 2, S | F, "BINARY,STRING:STRING", NULL, NULL, f_decode},
	{"to_binary", 1, 2, S | F, "STRING,STRING:BINARY", resolve_to_binary, NULL, f_to_binary},
	{"try_to_binary", 1, 2, S | F | T, "STRING,STRING:BINARY", resolve_to_binary, NULL, f_to_binary},
	{"mask", 1, 5, 0, "STRING:STRING", resolve_mask, NULL, f_mask},
	{"luhn_check", 1, 1, S, "STRING:BOOLEAN", NULL, NULL, f_luhn_check},
	{"elt", 2, 255, F, NULL, resolve_elt, NULL, f_elt},
	{NULL, 0, 0, 0, NULL, NULL, NULL, NULL},
};
