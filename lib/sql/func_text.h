/* SPDX-License-Identifier: MIT
 *
 * What the function files share: arguments by row, text made in the batch's arena,
 * characters of UTF-8.
 */
#ifndef MDL_SQL_FUNC_TEXT_H
#define MDL_SQL_FUNC_TEXT_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "sql/function.h"

/* The parameters of every eval. */
#define MDL_FN_PARAMS                                                                                     \
	struct mdl_fn_ctx *ctx, struct mdl_vec *const *args, size_t nargs, const uint32_t *sel, size_t n, \
		struct mdl_vec *out
/* For those that an eval does not use. */
#define MDL_FN_UNUSED ((void)ctx, (void)nargs, (void)args)

static inline struct mdl_slice mdl_arg_str(struct mdl_vec *const *args, size_t i, size_t row)
{
	return args[i]->str[mdl_row(args[i], row)];
}

static inline int64_t mdl_arg_int(struct mdl_vec *const *args, size_t i, size_t row)
{
	return args[i]->i64[mdl_row(args[i], row)];
}

static inline double mdl_arg_double(struct mdl_vec *const *args, size_t i, size_t row)
{
	return args[i]->f64[mdl_row(args[i], row)];
}

static inline bool mdl_arg_valid(struct mdl_vec *const *args, size_t i, size_t row)
{
	return args[i]->valid[mdl_row(args[i], row)];
}

/* Bytes of the character that begins at P (of valid UTF-8). */
static inline size_t mdl_text_step(const char *p)
{
	unsigned char c = (unsigned char)*p;
	return c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
}

static inline int64_t mdl_text_chars(struct mdl_slice s)
{
	int64_t k = 0;
	for (size_t i = 0; i < s.n; i++)
		k += (s.p[i] & 0xc0) != 0x80;
	return k;
}

/* The byte offset of character K, or S.n. */
static inline size_t mdl_text_offset(struct mdl_slice s, int64_t k)
{
	size_t i = 0;
	for (; k > 0 && i < s.n; k--)
		i += mdl_text_step(s.p + i);
	return i < s.n ? i : s.n;
}

/* NULL when absent. */
static inline const char *mdl_text_find(struct mdl_slice s, struct mdl_slice what)
{
	return what.n == 0 ? s.p : memmem(s.p, s.n, what.p, what.n);
}

#endif
