/* SPDX-License-Identifier: MIT
 *
 * Memory that cannot fail: out of memory ends the process with status 75. That
 * is allowed because a kill at any point is safe by design (PROTOCOL in
 * medal-checkpoint(5)), and it frees every caller from a path nobody tests.
 */
#ifndef MDL_BASE_ALLOC_H
#define MDL_BASE_ALLOC_H

#include <stddef.h>

/* What all of them do when there is no memory; for those who got NULL from a library. */
_Noreturn void mdl_out_of_memory(void);

/* The caller frees with free(). Sizes of zero give a valid pointer. */
void *mdl_alloc(size_t n) __attribute__((malloc, returns_nonnull));
void *mdl_zalloc(size_t n) __attribute__((malloc, returns_nonnull)); /* zero-filled */
void *mdl_realloc(void *p, size_t n) __attribute__((returns_nonnull));
/* nmemb * size, checked for overflow. */
void *mdl_array(size_t nmemb, size_t size) __attribute__((malloc, returns_nonnull)); /* zero-filled */
void *mdl_rearray(void *p, size_t nmemb, size_t size) __attribute__((returns_nonnull));
char *mdl_strdup(const char *s) __attribute__((malloc, returns_nonnull));
char *mdl_strndup(const char *s, size_t n) __attribute__((malloc, returns_nonnull));
/* A new string by printf. */
char *mdl_asprintf(const char *fmt, ...) __attribute__((malloc, returns_nonnull, format(printf, 1, 2)));

/* Make room for one more element in a growing array: (*p)[*n] may be written after it. */
#define MDL_GROW(p, n, cap)                                          \
	do {                                                         \
		if ((n) == (cap)) {                                  \
			(cap) = (cap) ? 2 * (cap) : 8;               \
			(p) = mdl_rearray((p), (cap), sizeof(*(p))); \
		}                                                    \
	} while (0)

#endif
