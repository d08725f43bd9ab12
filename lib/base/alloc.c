/* SPDX-License-Identifier: MIT
 *
 * Memory that cannot fail: see alloc.h.
 */
#include "base/alloc.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"

void mdl_out_of_memory(void)
{
	static const char msg[] = "medal: error: out of memory; raise the memory limit and run again\n";
	ssize_t r = write(STDERR_FILENO, msg, sizeof(msg) - 1);
	(void)r;
	_exit(MDL_RETRY);
}

void *mdl_alloc(size_t n)
{
	void *p = malloc(n ? n : 1);
	if (!p)
		mdl_out_of_memory();
	return p;
}

void *mdl_zalloc(size_t n)
{
	void *p = calloc(1, n ? n : 1);
	if (!p)
		mdl_out_of_memory();
	return p;
}

void *mdl_realloc(void *p, size_t n)
{
	p = realloc(p, n ? n : 1);
	if (!p)
		mdl_out_of_memory();
	return p;
}

void *mdl_array(size_t nmemb, size_t size)
{
	void *p = calloc(nmemb ? nmemb : 1, size ? size : 1);
	if (!p)
		mdl_out_of_memory();
	return p;
}

void *mdl_rearray(void *p, size_t nmemb, size_t size)
{
	size_t n;
	if (__builtin_mul_overflow(nmemb, size, &n))
		mdl_out_of_memory();
	return mdl_realloc(p, n);
}

char *mdl_strndup(const char *s, size_t n)
{
	char *d = mdl_alloc(n + 1);
	memcpy(d, s, n);
	d[n] = '\0';
	return d;
}

char *mdl_strdup(const char *s)
{
	return mdl_strndup(s, strlen(s));
}

char *mdl_asprintf(const char *fmt, ...)
{
	va_list ap;
	char *s;
	va_start(ap, fmt);
	int n = vasprintf(&s, fmt, ap);
	va_end(ap);
	if (n < 0)
		mdl_out_of_memory();
	return s;
}
