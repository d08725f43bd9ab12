/* SPDX-License-Identifier: MIT
 *
 * A view on bytes that somebody else owns. A slice never owns, never ends in
 * NUL by promise, and may hold NUL bytes. It is as valid as the memory that it
 * points into; every function that returns one says how long that is.
 */
#ifndef MDL_BASE_SLICE_H
#define MDL_BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct mdl_slice {
	const char *p;
	size_t n;
};

/* A slice over a string literal. */
#define MDL_SLICE(lit) ((struct mdl_slice){(lit), sizeof(lit) - 1})

static inline struct mdl_slice mdl_slice_of(const char *s)
{
	return (struct mdl_slice){s, strlen(s)};
}

static inline bool mdl_slice_eq(struct mdl_slice a, struct mdl_slice b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

/* Equal but for the case of ASCII letters: SQL's names. */
static inline bool mdl_slice_eq_nocase(struct mdl_slice a, struct mdl_slice b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++) {
		unsigned char x = (unsigned char)a.p[i], y = (unsigned char)b.p[i];
		if (x != y && !((x | 0x20) == (y | 0x20) && (x | 0x20) >= 'a' && (x | 0x20) <= 'z'))
			return false;
	}
	return true;
}

/* True when SL is the string S. */
static inline bool mdl_slice_is(struct mdl_slice sl, const char *s)
{
	return mdl_slice_eq(sl, mdl_slice_of(s));
}

static inline bool mdl_slice_starts(struct mdl_slice sl, struct mdl_slice prefix)
{
	return sl.n >= prefix.n && memcmp(sl.p, prefix.p, prefix.n) == 0;
}

/* Byte order, as memcmp, the shorter first. */
static inline int mdl_slice_cmp(struct mdl_slice a, struct mdl_slice b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int c = n ? memcmp(a.p, b.p, n) : 0;
	return c ? c : (a.n > b.n) - (a.n < b.n);
}

#endif
