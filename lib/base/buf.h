/* SPDX-License-Identifier: MIT
 *
 * A growing run of bytes that owns its memory and is born with a limit, so that
 * endless input is an error and not a crash.
 */
#ifndef MDL_BASE_BUF_H
#define MDL_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/slice.h"

struct mdl_buf {
	char *p;
	size_t n, cap;
	size_t limit; /* bytes; no write makes n larger */
	bool toobig;  /* a write was refused; sticks until mdl_buf_clear */
};

#define MDL_BUF_INIT(limit_bytes)                \
	{                                        \
		NULL, 0, 0, (limit_bytes), false \
	}
#define MDL_BUF_NO_LIMIT ((size_t)-1 / 2)

void mdl_buf_init(struct mdl_buf *b, size_t limit_bytes);
void mdl_buf_free(struct mdl_buf *b);

static inline void mdl_buf_clear(struct mdl_buf *b)
{
	b->n = 0;
	b->toobig = false;
}

bool mdl_buf_grow(struct mdl_buf *b, size_t more); /* slow path of mdl_buf_reserve */

/* Room for MORE bytes at b->p + b->n; the caller adds to b->n what it wrote. False when that
 * would pass the limit (and toobig is set). Pointers into the buffer are valid until the next call. */
static inline bool mdl_buf_reserve(struct mdl_buf *b, size_t more)
{
	return b->cap - b->n >= more ? true : mdl_buf_grow(b, more);
}

static inline void mdl_buf_put(struct mdl_buf *b, const void *p, size_t n)
{
	if (n && mdl_buf_reserve(b, n)) {
		memcpy(b->p + b->n, p, n);
		b->n += n;
	}
}

static inline void mdl_buf_putc(struct mdl_buf *b, char c)
{
	if (mdl_buf_reserve(b, 1))
		b->p[b->n++] = c;
}

static inline void mdl_buf_puts(struct mdl_buf *b, const char *s)
{
	mdl_buf_put(b, s, strlen(s));
}

static inline void mdl_buf_puts_slice(struct mdl_buf *b, struct mdl_slice s)
{
	mdl_buf_put(b, s.p, s.n);
}

void mdl_buf_printf(struct mdl_buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Take N bytes off the front. */
void mdl_buf_drop(struct mdl_buf *b, size_t n);
/* The content with a NUL behind it (not counted); valid until the next write. */
const char *mdl_buf_cstr(struct mdl_buf *b);

static inline struct mdl_slice mdl_buf_slice(const struct mdl_buf *b)
{
	return (struct mdl_slice){b->p ? b->p : "", b->n};
}

#endif
