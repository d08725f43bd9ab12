/* SPDX-License-Identifier: MIT
 *
 * A growing, limited run of bytes: see buf.h.
 */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"

void mdl_buf_init(struct mdl_buf *b, size_t limit_bytes)
{
	*b = (struct mdl_buf)MDL_BUF_INIT(limit_bytes);
}

void mdl_buf_free(struct mdl_buf *b)
{
	free(b->p);
	mdl_buf_init(b, b->limit);
}

bool mdl_buf_grow(struct mdl_buf *b, size_t more)
{
	if (more > b->limit || b->n > b->limit - more) {
		b->toobig = true;
		return false;
	}
	size_t cap = b->cap ? b->cap * 2 : 64;
	while (cap < b->n + more)
		cap *= 2;
	if (cap > b->limit) /* or the fast path of mdl_buf_reserve would let writes pass the limit */
		cap = b->limit;
	b->p = mdl_realloc(b->p, cap + 1); /* always room for a NUL, which is not content */
	b->cap = cap;
	return true;
}

void mdl_buf_printf(struct mdl_buf *b, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0) /* libc needed memory */
		mdl_out_of_memory();
	if (!n || !mdl_buf_reserve(b, (size_t)n))
		return;
	va_start(ap, fmt);
	vsnprintf(b->p + b->n, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->n += (size_t)n;
}

void mdl_buf_drop(struct mdl_buf *b, size_t n)
{
	if (n >= b->n) {
		b->n = 0;
		return;
	}
	memmove(b->p, b->p + n, b->n - n);
	b->n -= n;
}

const char *mdl_buf_cstr(struct mdl_buf *b)
{
	if (!b->p)
		b->p = mdl_alloc(1);
	b->p[b->n] = '\0';
	return b->p;
}
