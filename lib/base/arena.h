/* SPDX-License-Identifier: MIT
 *
 * Memory of one lifetime: many allocations, one release. medal has three such
 * lifetimes: process (options, compiled SQL), epoch (reset at the barrier) and
 * batch (reset at each read).
 */
#ifndef MDL_BASE_ARENA_H
#define MDL_BASE_ARENA_H

#include <stddef.h>

#include "base/slice.h"

struct mdl_arena_block;

struct mdl_arena {
	struct mdl_arena_block *head; /* the block being filled; older ones behind it */
	char *at, *end;
};

void mdl_arena_init(struct mdl_arena *a);
void mdl_arena_free(struct mdl_arena *a);
/* Everything allocated becomes invalid; the largest block is kept for reuse. */
void mdl_arena_reset(struct mdl_arena *a);
void *mdl_arena_grow(struct mdl_arena *a, size_t n); /* slow path of mdl_arena_alloc */

/* 16-byte aligned, not cleared, valid until reset or free. */
static inline void *mdl_arena_alloc(struct mdl_arena *a, size_t n)
{
	n = (n + !n + 15) & ~(size_t)15; /* of nothing, too, a pointer that is no NULL */
	if ((size_t)(a->end - a->at) < n)
		return mdl_arena_grow(a, n);
	void *p = a->at;
	a->at += n;
	return p;
}

void *mdl_arena_zalloc(struct mdl_arena *a, size_t n);
/* Copies, NUL-terminated; valid until reset or free. */
char *mdl_arena_strndup(struct mdl_arena *a, const char *s, size_t n);
char *mdl_arena_strdup(struct mdl_arena *a, const char *s);
struct mdl_slice mdl_arena_slice(struct mdl_arena *a, struct mdl_slice s);
char *mdl_arena_printf(struct mdl_arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
