/* SPDX-License-Identifier: MIT
 *
 * Errors as values: see err.h.
 */
#include "base/err.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int mdl_err_vset(struct mdl_err *err, enum mdl_status status, const char *fmt, va_list ap)
{
	err->status = status;
	err->newer = false;
	vsnprintf(err->msg, sizeof(err->msg), fmt, ap);
	return -1;
}

int mdl_err_set(struct mdl_err *err, enum mdl_status status, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	mdl_err_vset(err, status, fmt, ap);
	va_end(ap);
	return -1;
}

int mdl_err_reader_gone(struct mdl_err *err)
{
	return mdl_err_set(err, MDL_READER_GONE, "the program that reads this output has gone");
}

static enum mdl_status status_of_errno(int e)
{
	switch (e) {
	case ENOSPC:
	case EDQUOT:
	case EIO:
	case EAGAIN:
	case EMFILE:
	case ENFILE:
	case ENOMEM:
	case EFBIG:
	case ETIMEDOUT:
		return MDL_RETRY;
	default:
		return MDL_TROUBLE;
	}
}

int mdl_err_sys(struct mdl_err *err, const char *fmt, ...)
{
	int e = errno;
	va_list ap;
	va_start(ap, fmt);
	mdl_err_vset(err, status_of_errno(e), fmt, ap);
	va_end(ap);
	size_t n = strlen(err->msg);
	snprintf(err->msg + n, sizeof(err->msg) - n, ": %s", strerror(e));
	errno = e;
	return -1;
}

int mdl_err_wrap(struct mdl_err *err, const char *fmt, ...)
{
	char inner[sizeof(err->msg)];
	memcpy(inner, err->msg, sizeof(inner));
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(err->msg, sizeof(err->msg), fmt, ap);
	va_end(ap);
	size_t n = strlen(err->msg);
	snprintf(err->msg + n, sizeof(err->msg) - n, ": %s", inner);
	return -1;
}

void mdl_bug_at(const char *file, int line, const char *fmt, ...)
{
	va_list ap;
	fprintf(stderr, "medal: bug at %s:%d: ", file, line);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	abort();
}
