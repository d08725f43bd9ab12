/* SPDX-License-Identifier: MIT
 *
 * A program that this one starts and talks to: its standard input and output are
 * pipes whose near ends never block, its standard error is ours. The caller polls
 * both pipes, so that neither side waits for the other.
 */
#ifndef MDL_BASE_CHILD_H
#define MDL_BASE_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"

struct mdl_child {
	pid_t pid; /* 0: none */
	int in;    /* its standard input; -1: closed */
	int out;   /* its standard output; -1: at its end */
};

#define MDL_CHILD_NONE    \
	{                 \
		0, -1, -1 \
	}

/* Is there a program of this name, as a shell would find it? -1 with ERR when not; nothing is started. */
int mdl_child_find(const char *name, struct mdl_err *err);

/* Start ARGV (NULL-terminated). GUARDED: it ignores the first signals to end (SIGINT, SIGTERM, SIGHUP reach all
 * programs of a terminal's pipeline, which must finish their epoch) and is killed when this process dies. */
int mdl_child_start(struct mdl_child *c, char *const *argv, bool guarded, struct mdl_err *err);

/* As much of the N bytes as fits now: how many, 0 when the pipe is full. When the program reads no more, its input is
 * closed (c->in is -1) and N is returned, for nobody wants the rest. Never raises SIGPIPE. */
ssize_t mdl_child_write(struct mdl_child *c, const char *p, size_t n, struct mdl_err *err);
/* As read(2) of its output: 0 when nothing is there now, or at its end (c->out is -1 then). */
ssize_t mdl_child_read(struct mdl_child *c, char *p, size_t n, struct mdl_err *err);
/* End of its input. */
void mdl_child_close_in(struct mdl_child *c);

/* 1: it has ended, *STATUS as waitpid(2) gives it; 0: not yet. */
int mdl_child_ended(struct mdl_child *c, int *status, struct mdl_err *err);
/* Close the pipes, and kill it if it has not ended. */
void mdl_child_kill(struct mdl_child *c);

#endif
