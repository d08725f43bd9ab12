/* SPDX-License-Identifier: MIT
 *
 * Preloaded into a pipeline: the Nth request for memory of one program is refused, its libraries' and libc's own too. See
 * nth_call.py, which goes through every N.
 *
 *   MEDAL_FAULT_IN=medal-write    the program
 *   MEDAL_FAULT_AT=N              its Nth malloc, calloc, realloc or the like, counted from 1
 *   MEDAL_FAULT=malloc|memory     only this one, or this one and all that come after it
 *   MEDAL_FAULT_MARK=FILE         gets the name of the call and the process when it has happened
 */
#include <errno.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "mark.h"

/* glibc's own, which need no dlsym: that asks for memory itself. */
void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);
void *__libc_memalign(size_t align, size_t n);

static long at; /* 0: not this program */
static bool forever;
static atomic_long asked;

static __attribute__((constructor)) void begin(void)
{
	const char *in = getenv("MEDAL_FAULT_IN"), *n = getenv("MEDAL_FAULT_AT"),
		   *what = getenv("MEDAL_FAULT");

	forever = what && strcmp(what, "memory") == 0;
	at = in && n && strcmp(in, program_invocation_short_name) == 0 ? atol(n) : 0;
}

static bool refused(const char *call)
{
	if (!at)
		return false;
	long k = atomic_fetch_add(&asked, 1) + 1;
	if (k == at)
		mark(call);
	if (k != at && !(forever && k > at))
		return false;
	errno = ENOMEM;
	return true;
}

void *malloc(size_t n)
{
	return refused("malloc") ? NULL : __libc_malloc(n);
}

void *calloc(size_t n, size_t size)
{
	return refused("calloc") ? NULL : __libc_calloc(n, size);
}

void *realloc(void *p, size_t n)
{
	return refused("realloc") ? NULL : __libc_realloc(p, n);
}

void *reallocarray(void *p, size_t n, size_t size)
{
	size_t all;

	if (__builtin_mul_overflow(n, size, &all)) {
		errno = ENOMEM;
		return NULL;
	}
	return refused("reallocarray") ? NULL : __libc_realloc(p, all);
}

void *memalign(size_t align, size_t n)
{
	return refused("memalign") ? NULL : __libc_memalign(align, n);
}

void *aligned_alloc(size_t align, size_t n)
{
	return refused("aligned_alloc") ? NULL : __libc_memalign(align, n);
}

int posix_memalign(void **p, size_t align, size_t n)
{
	*p = refused("posix_memalign") ? NULL : __libc_memalign(align, n);
	return *p ? 0 : ENOMEM;
}
