/* SPDX-License-Identifier: MIT
 *
 * How the library reports trouble. A function that can fail returns 0, or -1
 * with ERR filled; ERR is its last parameter and is never NULL. The library
 * prints nothing and ends nothing: cmd/ turns an error into a message and an
 * exit status. The message is one complete sentence without a final full stop
 * that names the thing (file, line, offset, option) and, where there is one, the
 * remedy.
 */
#ifndef MDL_BASE_ERR_H
#define MDL_BASE_ERR_H

#include <stdarg.h>
#include <stdbool.h>

/* The exit statuses of every program: medal(7). */
enum mdl_status {
	MDL_OK = 0,
	MDL_NO = 1,      /* the answer is no: a difference, a failed expectation, lag over its limit */
	MDL_TROUBLE = 2, /* trouble that a retry does not mend, or wrong usage */
	MDL_RETRY = 75,  /* trouble that a retry may mend (EX_TEMPFAIL) */
	/* Nobody reads our output any more, as in 'medal-x | head'. Noticed while a program waits; it ends as a
	 * write would have ended it: of SIGPIPE, without a word. */
	MDL_READER_GONE = 141,
};

struct mdl_err {
	enum mdl_status status; /* what the program should exit with; MDL_OK while nothing failed */
	bool newer; /* nothing is damaged: a newer program wrote what could not be read (base/version.h) */
	char msg[2048];
};

#define MDL_ERR_INIT              \
	{                         \
		MDL_OK, false, "" \
	}

/* Fill ERR and return -1, so that callers write: return mdl_err_set(err, MDL_TROUBLE, "..."). */
int mdl_err_set(struct mdl_err *err, enum mdl_status status, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
int mdl_err_vset(struct mdl_err *err, enum mdl_status status, const char *fmt, va_list ap)
	__attribute__((format(printf, 3, 0)));

int mdl_err_reader_gone(struct mdl_err *err);

/* The same with ": <strerror>" of the present errno at the end. The status is MDL_RETRY for
 * what a retry may mend (ENOSPC, EDQUOT, EIO, EAGAIN, EMFILE, ENFILE, ENOMEM, EFBIG, ETIMEDOUT),
 * MDL_TROUBLE for the rest. */
int mdl_err_sys(struct mdl_err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Put "<context>: " before the message that ERR holds; returns -1. */
int mdl_err_wrap(struct mdl_err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static inline void mdl_err_clear(struct mdl_err *err)
{
	err->status = MDL_OK;
	err->newer = false;
	err->msg[0] = '\0';
}

/* A mistake of ours: prints file:line and aborts. */
_Noreturn void mdl_bug_at(const char *file, int line, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
#define mdl_bug(...) mdl_bug_at(__FILE__, __LINE__, __VA_ARGS__)

#endif
