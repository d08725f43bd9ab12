/* SPDX-License-Identifier: MIT
 *
 * Memory of one lifetime: see arena.h.
 */
#include "base/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"

enum { FIRST_BLOCK = 16 << 10, LARGEST_STEP = 4 << 20 };

struct mdl_arena_block {
	struct mdl_arena_block *next;
	size_t size;
	_Alignas(16) char data[];
};

void mdl_arena_init(struct mdl_arena *a)
{
	a->head = NULL;
	a->at = a->end = NULL;
}

void mdl_arena_free(struct mdl_arena *a)
{
	while (a->head) {
		struct mdl_arena_block *next = a->head->next;
		free(a->head);
		a->head = next;
	}
	a->at = a->end = NULL;
}

void mdl_arena_reset(struct mdl_arena *a)
{
	struct mdl_arena_block *best = a->head;
	for (struct mdl_arena_block *b = a->head; b; b = b->next)
		if (b->size > best->size)
			best = b;
	for (struct mdl_arena_block *b = a->head, *next; b; b = next) {
		next = b->next;
		if (b != best)
			free(b);
	}
	a->head = best;
	if (best) {
		best->next = NULL;
		a->at = best->data;
		a->end = best->data + best->size;
	}
}

void *mdl_arena_grow(struct mdl_arena *a, size_t n)
{
	size_t size = a->head ? a->head->size * 2 : FIRST_BLOCK;
	if (size > LARGEST_STEP)
		size = LARGEST_STEP;
	if (size < n)
		size = n;
	struct mdl_arena_block *b = mdl_alloc(sizeof(*b) + size);
	b->next = a->head;
	b->size = size;
	a->head = b;
	a->at = b->data + n;
	a->end = b->data + size;
	return b->data;
}

void *mdl_arena_zalloc(struct mdl_arena *a, size_t n)
{
	return memset(mdl_arena_alloc(a, n), 0, n);
}

char *mdl_arena_strndup(struct mdl_arena *a, const char *s, size_t n)
{
	char *d = mdl_arena_alloc(a, n + 1);
	if (n)
		memcpy(d, s, n);
	d[n] = '\0';
	return d;
}

char *mdl_arena_strdup(struct mdl_arena *a, const char *s)
{
	return mdl_arena_strndup(a, s, strlen(s));
}

struct mdl_slice mdl_arena_slice(struct mdl_arena *a, struct mdl_slice s)
{
	return (struct mdl_slice){mdl_arena_strndup(a, s.p, s.n), s.n};
}

char *mdl_arena_printf(struct mdl_arena *a, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0) /* libc needed memory */
		mdl_out_of_memory();
	char *s = mdl_arena_alloc(a, (size_t)n + 1);
	va_start(ap, fmt);
	vsnprintf(s, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return s;
}
